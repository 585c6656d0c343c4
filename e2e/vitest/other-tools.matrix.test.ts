/** Packages and plugins around Vitest, as small projects that use them (docs/other-tools.md). */
import { expect, test } from 'vitest'
import { addPackages } from '../harness/add-packages.ts'
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode } from '../harness/hosts.ts'
import { configWith, vitestProject } from './support.ts'

/** The first test that wants such packages installs them. */
const INSTALLS = { timeout: 300_000 }

describeHosts('vitest', (host) => {
  test('what setup files tell @vue/test-utils holds in each file of a shared worker, and nothing else does', async () => {
    const file = (own: string) => `
      import { config, mount } from '@vue/test-utils'
      import { expect, test } from 'vitest'
      import { h, onUnmounted } from 'vue'
      let unmounted = 0
      const Greeting = {
        setup: () => onUnmounted(() => unmounted++),
        render() { return h('p', this.$t('hello') + this.$own) },
      }
      test('mounts what is configured for all files, and for this one', () => {
        expect(config.global.mocks).toEqual({ $t: expect.any(Function) })
        expect(config.global.plugins).toEqual([])
        config.global.mocks.$own = '${own}'
        config.global.plugins.push({ install() {} })
        expect(mount(Greeting).text()).toBe('HELLO${own}')
        expect(unmounted).toBe(0)
      })
      test('has it unmounted after the test', () => { expect(unmounted).toBe(1) })
    `
    const app = await vitestProject(host, {
      'a.test.ts': file('a'),
      'b.test.ts': file('b'),
      'c.test.ts': file('c'),
      'setup.ts': `
        import { config, enableAutoUnmount } from '@vue/test-utils'
        import { afterEach } from 'vitest'
        enableAutoUnmount(afterEach)
        config.global.mocks.$t = (text: string) => text.toUpperCase()
      `,
      'vitest.config.ts': configWith({
        test: `environment: 'jsdom', isolate: false, maxWorkers: 1, setupFiles: ['./setup.ts']`,
      }),
    })
    await addPackages(app, 'vue', { vue: '^3.5.0', '@vue/test-utils': '^2.4.6' })
    const { output, passed, failed } = await app.run()
    expect({ passed, failed }, output).toEqual({ passed: 6, failed: 0 })
  })

  test(
    "Angular's TestBed is set up once for each file of a shared worker, as its test builder does it",
    INSTALLS,
    async () => {
      const spec = `
      import { TestBed } from '@angular/core/testing'
      import { expect, test } from 'vitest'
      import { count, Greeting, increase } from './greeting'
      test('has a TestBed and modules of its own', async () => {
        expect([count, increase()]).toEqual([0, 1])
        const fixture = TestBed.createComponent(Greeting)
        await fixture.whenStable()
        expect(fixture.nativeElement.textContent).toBe('hello')
      })
    `
      const app = await vitestProject(host, {
        'a.test.ts': spec,
        'b.test.ts': spec,
        'greeting.ts': `
        import { Component } from '@angular/core'
        export let count = 0
        export const increase = () => ++count
        export const Greeting = Component({ selector: 'app-greeting', template: 'hello' })(class {}) as never
      `,
        // What @angular/build 22 generates, in short.
        'setup.ts': `
        import '@angular/compiler'
        import { getTestBed } from '@angular/core/testing'
        import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing'
        const SETUP = Symbol.for('@angular/cli/testbed-setup')
        if (!globalThis[SETUP]) {
          globalThis[SETUP] = true
          getTestBed().initTestEnvironment([BrowserTestingModule], platformBrowserTesting())
        }
      `,
        'vitest.config.ts': configWith({
          test: `environment: 'jsdom', isolate: false, maxWorkers: 1, setupFiles: ['./setup.ts']`,
        }),
      })
      await addPackages(app, 'angular', {
        '@angular/common': '^22.0.0',
        '@angular/compiler': '^22.0.0',
        '@angular/core': '^22.0.0',
        '@angular/platform-browser': '^22.0.0',
        rxjs: '^7.8.0',
        tslib: '^2.8.0',
      })
      const { output, passed, failed } = await app.run()
      expect({ passed, failed }, output).toEqual({ passed: 2, failed: 0 })
    },
  )

  test('Svelte components are fresh with the modules they import, and see mocks of $app modules', async () => {
    const spec = (page: string) => `
      import { flushSync, mount, unmount } from 'svelte'
      import { beforeEach, expect, test, vi } from 'vitest'
      import Greeting from './Greeting.svelte'
      import { count, increase } from './counter'
      vi.mock('$app/state', () => ({ page: { url: new URL('http://localhost${page}') } }))
      beforeEach(() => { document.body.innerHTML = '' })
      test.each([1, 2])('shows the page and a module of its own, %i', () => {
        expect([count, increase()]).toEqual([0, 1])
        const component = mount(Greeting, { target: document.body })
        expect(document.body.textContent).toBe('${page} 1')
        document.querySelector('button')?.click()
        flushSync()
        expect(document.body.textContent).toBe('${page} 2')
        unmount(component)
      })
    `
    const app = await vitestProject(host, {
      'a.test.ts': spec('/a'),
      'b.test.ts': spec('/b'),
      'counter.ts': 'export let count = 0\nexport const increase = () => ++count',
      'Greeting.svelte': `
        <script>
          import { page } from '$app/state'
          import { count } from './counter'
          let shown = $state(count)
        </script>
        <button onclick={() => shown++}>{page.url.pathname} {shown}</button>
      `,
      'vitest.config.ts': configWith({
        top: `import { svelte } from '@sveltejs/vite-plugin-svelte'`,
        plugins: `svelte(), {
          name: 'app-modules',
          resolveId: (id: string) => (id === '$app/state' ? '\\0app-state' : undefined),
          load: (id: string) => (id === '\\0app-state' ? 'throw new Error("needs a server")' : undefined),
        }`,
        test: `environment: 'jsdom', isolate: false, maxWorkers: 1`,
        config: `resolve: { conditions: ['browser'] },`,
      }),
    })
    await addPackages(app, 'svelte', { svelte: '^5.40.0', '@sveltejs/vite-plugin-svelte': '>=6' })
    const { output, passed, failed } = await app.run()
    expect({ passed, failed }, output).toEqual({ passed: 4, failed: 0 })
  })

  test('the dependency optimizer and the cache of transformed modules on disk change nothing, in two runs', async () => {
    const app = await vitestProject(host, {
      'a.test.ts': `
        import limit from 'p-limit'
        import { importFresh, specOf } from 'fresh-modules'
        import { expect, test } from 'vitest'
        import { count, increase } from './counter'
        import { marked } from './marked'
        test.each([1, 2])('is fresh in each test, %i', async () => {
          expect([count, increase(), marked.limit]).toEqual([0, 1, limit])
          expect((await importFresh('./counter', { fresh: 'imports' })).count).toBe(0)
          expect((await specOf('./marked')).provenance.allowReload.reason).toBe('it holds a port')
        })
      `,
      'counter.ts': "import './marked'\nexport let count = 0\nexport const increase = () => ++count",
      'marked.ts': `
        /** @fresh-modules no-reload: it holds a port */
        import limit from 'p-limit'
        export const marked = { limit }
      `,
      'vitest.config.ts': configWith({
        test: `deps: { optimizer: { ssr: { enabled: true, include: ['p-limit'] } } },
          ${host.name.startsWith('vitest4') ? 'experimental: { fsModuleCache: true }' : 'fsModuleCache: true'}`,
      }),
    })
    for (const run of ['cold', 'warm']) {
      const { output, passed, failed } = await app.run()
      expect({ run, passed, failed }, output).toEqual({ run, passed: 2, failed: 0 })
    }
  })

  if (host.name === 'vitest4' && chosenNode() >= 22) {
    test("every helper works in Cloudflare's pool, whose runtime is no Node", INSTALLS, async () => {
      const app = await vitestProject(host, {
        'a.test.ts': `
          import { importFresh, reloadInPlace, withUnloaded } from 'fresh-modules'
          import { expect, test } from 'vitest'
          import * as counter from './counter'
          test.each([1, 2])('is fresh in each test, %i', () => {
            expect([counter.count, counter.increase()]).toEqual([0, 1])
          })
          test('makes copies', async () => {
            counter.increase()
            const named = await importFresh('./counter', { env: { APP_STAGE: 'x' }, globals: { caches: undefined } })
            const called = await importFresh(() => import('./counter'))
            expect([named.count, named.stage, named.caches, called.count, counter.count]).toEqual([0, 'x', 'undefined', 0, 1])
          })
          test('reloads and sets aside', async () => {
            counter.increase()
            await withUnloaded('./counter', async () => { expect((await import('./counter')).count).toBe(0) })
            expect((await import('./counter')).count).toBe(1)
            await reloadInPlace('./counter')
            expect(counter.count).toBe(0)
          })
          test.concurrent.each([1, 2])('runs at the same time as others, %i', async () => {})
        `,
        'counter.ts': `
          export let count = 0
          export const increase = () => ++count
          export const stage = process.env.APP_STAGE
          export const caches = typeof globalThis.caches
        `,
        'wrangler.json': `{ "name": "app", "compatibility_date": "2026-08-01", "compatibility_flags": ["nodejs_compat"] }`,
        'vitest.config.ts': configWith({
          top: `import { cloudflareTest } from '@cloudflare/vitest-pool-workers'`,
          plugins: `cloudflareTest({ wrangler: { configPath: './wrangler.json' } })`,
        }),
      })
      await addPackages(app, 'cloudflare', { '@cloudflare/vitest-pool-workers': '>=0.13' })
      const { output, passed, failed } = await app.run()
      expect({ passed, failed }, output).toEqual({ passed: 6, failed: 0 })
      expect(output).not.toContain('FRESH-MODULES')
    })
  }
})
