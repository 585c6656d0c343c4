/** The Vite plugin: hands the options to the workers, installs the test runner, reads docblocks. */
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import {
  checkAdapterOptions,
  DocblockProblem,
  type FreshModulesOptions,
  parseDocblock,
  UnsupportedHostError,
} from 'fresh-modules/internal'
import type { Plugin } from 'vitest/config'
import type { Vitest } from 'vitest/node'
import { fileToDrop, PROVIDE_KEY, type Provided, serializeOptions } from './protocol.ts'
import { appendStamp, type Stamp } from './stamp.ts'

const { version: VERSION } = createRequire(import.meta.url)('../package.json') as { version: string }
const RUNNER = fileURLToPath(new URL('./runner.js', import.meta.url))

/**
 * Fresh module state for Vitest: `plugins: [freshModules()]`.
 *
 * A runner of your own (`test.runner`) is composed with ours: ours extends yours.
 *
 * @throws `ERR_BAD_OPTION` when the config is loaded, naming everything that is wrong; `ERR_UNSUPPORTED_HOST` in browser
 * mode, where a browser owns the modules.
 */
export function freshModules(options?: FreshModulesOptions): Plugin[] {
  const checked = checkAdapterOptions('@fresh-modules/vitest-plugin', options)
  /** Id -> what the source said before other transforms; taken out by the last one. One server's are not another's. */
  const stampsOf = new WeakMap<object, Map<string, Stamp>>()
  let vitest: Vitest | undefined
  return [
    {
      name: 'fresh-modules',
      enforce: 'pre',
      config(config) {
        const test = config.test ?? {}
        if (test.browser?.enabled) throw browserMode()
        const provided: Provided = {
          options: serializeOptions(checked),
          ...(test.runner && test.runner !== RUNNER ? { runner: test.runner } : {}),
        }
        return { test: { runner: RUNNER, provide: { [PROVIDE_KEY]: provided } as never } }
      },
      configResolved(config) {
        if (config.test?.browser?.enabled) throw browserMode()
      },
      configureVitest(context) {
        vitest = context.vitest
      },
      resolveId(specifier) {
        const file = fileToDrop(specifier)
        if (file === undefined) return undefined
        vitest?.invalidateFile(file)
        return specifier
      },
      transform(code, id) {
        const stamps = stampsOf.get(this.environment) ?? new Map<string, Stamp>()
        stampsOf.set(this.environment, stamps.set(id, stampOf(code, id)))
        return undefined
      },
    },
    {
      // Vitest keeps transformed code on disk, by the names of plugins too: another version may write other stamps.
      name: `fresh-modules:stamp@${VERSION}`,
      enforce: 'post',
      transform(code, id) {
        const stamps = stampsOf.get(this.environment)
        const stamp = stamps?.get(id)
        stamps?.delete(id)
        // `map: null`: a comment at the end moves nothing.
        return stamp ? { code: appendStamp(code, stamp), map: null } : undefined
      },
    },
  ]
}

function stampOf(code: string, id: string): Stamp {
  const file = id.replace(/[?#].*$/, '')
  const stat = id.startsWith('\0') ? undefined : statSync(file, { throwIfNoEntry: false })
  const read = stat ? { read: [stat.mtimeMs, stat.size] as const } : {}
  try {
    const docblock = parseDocblock(code, file)
    return docblock ? { ...read, docblock } : read
  } catch (error) {
    if (!(error instanceof DocblockProblem)) throw error
    return { ...read, problem: error.message }
  }
}

function browserMode(): UnsupportedHostError {
  return new UnsupportedHostError(
    "Vitest's browser mode",
    'there the browser loads modules and keeps them for good, so nothing can be evaluated anew',
    'Run these tests in a Node pool with jsdom or happy-dom, in a project of their own that has the plugin.',
  )
}
