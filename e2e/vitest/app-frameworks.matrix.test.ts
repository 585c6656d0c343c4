/** Whole projects of frameworks for applications, by their own plugins for Vitest (docs/other-tools.md). */
import { describe, expect, test } from 'vitest'
import { addPackages } from '../harness/add-packages.ts'
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode, type Host } from '../harness/index.ts'
import { browserMode } from './browser.ts'
import { configWith, vitestProject } from './support.ts'

/** Installs a whole tool chain. */
const INSTALLS = { timeout: 600_000 }

/** What the newest of them want: Node 22 and Vite 8. */
const isTooOld = ({ dependencies }: Host) =>
  chosenNode() < 22 || dependencies['vite']?.startsWith('^7') === true

describeHosts('vitest', (host) => {
  describe.skipIf(isTooOld(host))('with the newest of their tools', () => {
    test(
      'a project of SvelteKit: pages, state in runes, server loads and mocks of $app modules are fresh',
      INSTALLS,
      async () => {
        const page = (path: string) => `
      import { fireEvent, render, screen } from '@testing-library/svelte'
      import { isHttpError } from '@sveltejs/kit'
      import { importFresh } from 'fresh-modules'
      import { expect, test, vi } from 'vitest'
      import { goto } from '$app/navigation'
      import Page from './+page.svelte'
      import { load } from './+page.server'
      vi.mock('$app/navigation', () => ({ goto: vi.fn() }))
      vi.mock('$app/state', () => ({ page: { url: new URL('http://localhost${path}') } }))
      test.each([1, 2])('starts with an empty cart and a server of its own, %i', async () => {
        const data = load({ params: {} })
        expect(data.title).toBe('visit 1')
        render(Page, { data })
        const button = screen.getByRole('button')
        expect(button.textContent).toBe('0 items at ${path}')
        await fireEvent.click(button)
        expect(button.textContent).toBe('1 items at ${path}')
        expect(goto).toHaveBeenCalledExactlyOnceWith('/cart')
        vi.mocked(goto).mockClear()
      })
      test('a fresh server throws the errors of the one kit', async () => {
        const fresh = await importFresh('./+page.server')
        expect(fresh.load({ params: {} }).title).toBe('visit 1')
        try {
          fresh.load({ params: { missing: 'x' } })
          expect.unreachable()
        } catch (thrown) {
          expect(isHttpError(thrown, 404)).toBe(true)
        }
      })
    `
        const config = (fields: string) => `
      import { freshModules } from '@fresh-modules/vitest-plugin'
      import { sveltekit } from '@sveltejs/kit/vite'
      import { svelteTesting } from '@testing-library/svelte/vite'
      import { defineConfig } from 'vitest/config'
      export default defineConfig({
        plugins: [sveltekit(), svelteTesting(), freshModules()],
        test: { environment: 'jsdom', ${fields} },
      })
    `
        const app = await vitestProject(host, {
          'src/app.html': '<html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>',
          'src/lib/cart.svelte.ts': 'export const cart = $state({ items: [] as string[] })',
          'src/routes/+page.svelte': `
        <script lang="ts">
          import { goto } from '$app/navigation'
          import { page } from '$app/state'
          import { cart } from '../lib/cart.svelte'
          let { data } = $props()
          const buy = () => { cart.items.push('tea'); goto('/cart') }
        </script>
        <h1>{data.title}</h1>
        <button onclick={buy}>{cart.items.length} items at {page.url.pathname}</button>
      `,
          'src/routes/+page.server.ts': `
        import { error } from '@sveltejs/kit'
        let visits = 0
        export const load = ({ params }) => {
          if (params.missing) error(404, 'not there')
          return { title: 'visit ' + ++visits }
        }
      `,
          'src/routes/page.test.ts': page('/'),
          'src/routes/other.test.ts': page('/other'),
          'vitest.config.ts': config(''),
          'shared.config.ts': config('isolate: false, maxWorkers: 1'),
        })
        await addPackages(app, 'sveltekit', {
          '@sveltejs/kit': '^3.2.0',
          '@sveltejs/vite-plugin-svelte': '>=6',
          '@testing-library/svelte': '^5.2.0',
          svelte: '^5.40.0',
        })
        for (const config of ['vitest.config.ts', 'shared.config.ts']) {
          const { output, passed, failed } = await app.run(['--config', config])
          expect({ config, passed, failed }, output).toEqual({ config, passed: 6, failed: 0 })
        }
      },
    )

    test(
      "Nuxt's test-utils: composables are fresh in each test, and mocks are those of each file",
      INSTALLS,
      async () => {
        const config = (fields: string) => `
      import { freshModules } from '@fresh-modules/vitest-plugin'
      import { defineVitestConfig } from '@nuxt/test-utils/config'
      export default defineVitestConfig({
        plugins: [freshModules()],
        test: { environment: 'nuxt', include: ['test/*.test.ts'], ${fields} },
      })
    `
        const app = await vitestProject(host, {
          'nuxt.config.ts': `export default defineNuxtConfig({ compatibilityDate: '2026-08-01', telemetry: false, devtools: false })`,
          'app/app.vue': '<template><Counter /></template>',
          'app/components/Counter.vue': `
        <script setup lang="ts">
        const { count, add } = useCounter()
        </script>
        <template><button @click="add()">count {{ count }}</button></template>
      `,
          'app/composables/useCounter.ts': `
        import { ref } from 'vue'
        const count = ref(0)
        export const useCounter = () => ({ count, add: () => { count.value++ } })
      `,
          'test/real.test.ts': `
        import { mountSuspended, registerEndpoint } from '@nuxt/test-utils/runtime'
        import { importFresh } from 'fresh-modules'
        import { expect, test } from 'vitest'
        import Counter from '~/components/Counter.vue'
        registerEndpoint('/api/tea', () => ({ tea: 'green' }))
        test.each([1, 2])('starts at zero, %i', async () => {
          expect(await $fetch('/api/tea')).toEqual({ tea: 'green' })
          const wrapper = await mountSuspended(Counter)
          expect(wrapper.text()).toBe('count 0')
          await wrapper.trigger('click')
          expect(wrapper.text()).toBe('count 1')
        })
        test('a fresh copy, next to the one that is used', async () => {
          useCounter().add()
          const { useCounter: fresh } = await importFresh('~/composables/useCounter')
          expect([fresh().count.value, useCounter().count.value]).toEqual([0, 1])
        })
      `,
          'test/mocked.test.ts': `
        import { mockNuxtImport, mountSuspended } from '@nuxt/test-utils/runtime'
        import { expect, test } from 'vitest'
        import Counter from '~/components/Counter.vue'
        mockNuxtImport('useCounter', () => () => ({ count: 42, add() {} }))
        test.each([1, 2])('shows what is mocked, %i', async () => {
          expect((await mountSuspended(Counter)).text()).toBe('count 42')
        })
      `,
          'vitest.config.ts': config(''),
          'shared.config.ts': config('isolate: false, maxWorkers: 1'),
        })
        await addPackages(app, 'nuxt', {
          '@nuxt/test-utils': '^4.3.2',
          '@vue/test-utils': '^2.6.0',
          nuxt: '^4.5.2',
        })
        for (const config of ['vitest.config.ts', 'shared.config.ts']) {
          const { output, passed, failed } = await app.run(['--config', config], { timeout: 120_000 })
          expect({ config, passed, failed }, output).toEqual({ config, passed: 5, failed: 0 })
        }
      },
    )

    test(
      "Storybook's addon: stories run as without the plugin, next to a project that has it",
      INSTALLS,
      async () => {
        const app = await vitestProject(host, {
          '.storybook/main.js': `export default {
        stories: ['../src/*.stories.jsx'],
        addons: ['@storybook/addon-vitest'],
        framework: '@storybook/react-vite',
        core: { disableTelemetry: true },
      }`,
          '.storybook/preview.js': 'export default {}',
          'src/counter.js': 'export let count = 0\nexport const increase = () => ++count',
          'src/Button.jsx': `
        import { useState } from 'react'
        import { increase } from './counter'
        export const Button = ({ label }) => {
          const [count, setCount] = useState(0)
          return <button onClick={() => { increase(); setCount(count + 1) }}>{label} {count}</button>
        }
      `,
          'src/Button.stories.jsx': `
        import { expect, userEvent } from 'storybook/test'
        import { Button } from './Button'
        export default { component: Button, args: { label: 'tea' } }
        export const Plain = {}
        export const Clicked = {
          play: async ({ canvas }) => {
            const button = canvas.getByRole('button')
            await userEvent.click(button)
            await expect(button).toHaveTextContent('tea 1')
          },
        }
      `,
          'src/counter.test.js': `
        import { expect, test } from 'vitest'
        import { count, increase } from './counter'
        test.each([1, 2])('is fresh in each test, %i', () => { expect([count, increase()]).toEqual([0, 1]) })
      `,
          'vitest.config.ts': configWith({
            top: `
          import { storybookTest } from '@storybook/addon-vitest/vitest-plugin'
          ${(await browserMode()).top}
        `,
            test: `projects: [
          { extends: true, test: { name: 'unit', environment: 'jsdom', include: ['src/*.test.js'] } },
          {
            extends: true,
            plugins: [storybookTest({ configDir: '.storybook' })],
            test: { name: 'storybook', ${(await browserMode()).test} },
          },
        ]`,
          }),
        })
        await addPackages(app, 'storybook', {
          storybook: '^10.6.7',
          '@storybook/addon-vitest': '^10.6.7',
          '@storybook/react-vite': '^10.6.7',
          react: '^19.3.1',
          'react-dom': '^19.3.1',
        })
        const env = { STORYBOOK_DISABLE_TELEMETRY: '1' }
        const { output, passed, failed } = await app.run([], { timeout: 180_000, env })
        expect({ passed, failed }, output).toEqual({ passed: 4, failed: 0 })
        expect(output.match(/runs in browser mode and is left alone/g), output).toHaveLength(1)
      },
    )
  })
})
