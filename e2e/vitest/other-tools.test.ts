/** Packages and plugins around Vitest, as small projects that use them (docs/other-tools.md). */
import { expect, test } from 'vitest'
import { addPackages } from '../harness/add-packages.ts'
import { describeHosts } from '../harness/describe-hosts.ts'
import { configWith, vitestProject } from './support.ts'

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
})
