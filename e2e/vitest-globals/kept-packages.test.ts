import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import type { FileTree } from '../harness/index.ts'
import { configWith, passes } from '../vitest/support.ts'
import { sharedWorker } from './projects.ts'

const packaged = (name: string, source: string): FileTree => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({
    name,
    version: '1.0.0',
    type: 'module',
    main: 'index.js',
  }),
  [`node_modules/${name}/index.js`]: source,
})

const same = (source: string): FileTree =>
  Object.fromEntries(['a', 'b', 'c'].map((name) => [`src/${name}.test.ts`, source]))

describeHosts('vitest', (host) => {
  test('what a package changes while it is evaluated is there in every file', async () => {
    await passes(host, {
      ...packaged(
        'polyfill',
        `
          Array.prototype.toPolyfilled = () => 'by the package'
          globalThis.Polyfilled = class {}
          process.env.POLYFILLED = 'yes'
          process.on('SIGHUP', () => {})
          Reflect.polyfilled = true
          await null
          globalThis.polyfilledLate = true
        `,
      ),
      ...same(`
        import 'polyfill'
        import { expect, test } from 'vitest'

        test('is polyfilled, and nothing else', () => {
          expect([].toPolyfilled()).toBe('by the package')
          expect(new Polyfilled()).toBeTypeOf('object')
          expect(process.env.POLYFILLED).toBe('yes')
          expect(process.listenerCount('SIGHUP')).toBe(1)
          expect(Reflect.polyfilled).toBe(true)
          expect(polyfilledLate).toBe(true)
          expect(globalThis.mine).toBeUndefined()
          globalThis.mine = 1
          Array.prototype.toPolyfilled = () => 'by the test'
          process.env.POLYFILLED = 'no'
        })
      `),
      'vitest.config.ts': configWith({ test: sharedWorker('forks') }),
    })
  })

  test('what a file changed before it imported a package is not taken for the package', async () => {
    await passes(host, {
      ...packaged('late', "globalThis.ofPackage = 'late'"),
      ...same(`
        import { expect, test } from 'vitest'

        test('imports the package in the middle', async () => {
          expect(globalThis.before).toBeUndefined()
          globalThis.before = 1
          process.env.BEFORE = '1'
          await import('late')
          expect(globalThis.ofPackage).toBe('late')
        })
        test('leaves nothing else', () => {
          globalThis.after = 1
        })
      `),
      'vitest.config.ts': configWith({ test: sharedWorker('forks') }),
    })
  })

  test('a scheduler in a package goes on in the next file, and so do its timers', async () => {
    await passes(host, {
      ...packaged(
        'scheduler',
        `
          const queue = []
          let isScheduled = false
          function flush() {
            isScheduled = false
            for (const task of queue.splice(0)) task()
          }
          export function schedule(task) {
            queue.push(task)
            if (isScheduled) return
            isScheduled = true
            setImmediate(flush)
          }
          let ticks = 0
          setInterval(() => ticks++, 1).unref()
          export const count = () => ticks
        `,
      ),
      ...same(`
        import { count, schedule } from 'scheduler'
        import { expect, test } from 'vitest'

        test('schedules', async () => {
          const before = count()
          await new Promise((done) => setTimeout(done, 10))
          expect(count()).toBeGreaterThan(before)
          await new Promise((done) => schedule(done))
          schedule(() => {})
        })
      `),
      'vitest.config.ts': configWith({ test: sharedWorker('forks') }),
    })
  })

  for (const environment of ['jsdom', 'happy-dom']) {
    test(`a package that listens in ${environment} goes on listening, and keeps its marks`, async () => {
      await passes(host, {
        ...packaged(
          'focus-watch',
          `
            let isListening = false
            export let seen = 0
            export function watch() {
              if (isListening) return
              isListening = true
              window.addEventListener('watched', () => seen++)
              document.addEventListener('watched', () => seen++)
              document._watched4711471147114711 = true
            }
            document.documentElement.setAttribute('data-watch', '')
            const style = document.createElement('style')
            style.id = 'watch'
            document.head.append(style)
          `,
        ),
        ...same(`
          import * as focus from 'focus-watch'
          import { expect, test } from 'vitest'

          test('listens', () => {
            focus.watch()
            const before = focus.seen
            document.dispatchEvent(new Event('watched'))
            window.dispatchEvent(new Event('watched'))
            expect(focus.seen).toBe(before + 2)
            expect(document._watched4711471147114711).toBe(true)
            expect(document.documentElement.outerHTML).toContain('data-watch')
            expect(document.head.innerHTML).toBe('<style id="watch"></style>')
            document.head.innerHTML = ''
            document.documentElement.removeAttribute('data-watch')
          })
        `),
        'vitest.config.ts': configWith({ test: `${sharedWorker('forks')}, environment: '${environment}'` }),
      })
    })

    test(`modules that define custom elements are evaluated again in each file, in ${environment}`, async () => {
      const { output } = await passes(host, {
        ...packaged('x-kept', "customElements.define('x-kept', class extends HTMLElement {})"),
        'src/element.ts': `
          export class Greeting extends HTMLElement {
            connectedCallback() { this.textContent = 'hello' }
          }
          customElements.define('x-greeting', Greeting)
        `,
        ...same(`
          import { expect, test } from 'vitest'
          import 'x-kept'
          import { Greeting } from './element'

          test('is the class of this file', () => {
            document.body.innerHTML = '<x-greeting></x-greeting>'
            expect(document.body.firstElementChild).toBeInstanceOf(Greeting)
            expect(document.body.textContent).toBe('hello')
            expect(customElements.get('x-kept')).toBeDefined()
          })
        `),
        'vitest.config.ts': configWith({
          test: `${sharedWorker('forks')}, environment: '${environment}'`,
          options: "{ resetBetween: 'files' }",
        }),
      })
      expect(output).not.toContain('cannot put back')
    })
  }
})
