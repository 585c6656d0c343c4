/** The Vite plugin: hands the options to the workers, installs the test runner, reads docblocks. */
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  checkAdapterOptions,
  DocblockProblem,
  type FreshModulesOptions,
  parseDocblock,
  UnsupportedHostError,
} from 'fresh-modules/internal'
import type { Plugin } from 'vitest/config'
import { fileToDrop, PROVIDE_KEY, type Provided, serializeOptions } from './protocol.ts'
import { appendStamp, type Stamp } from './stamp.ts'

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
  /** Id -> what the source said before other transforms; taken out by the last transform. */
  const stamps = new Map<string, Stamp>()
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
      resolveId(id) {
        return fileToDrop(id) === undefined ? undefined : `\0${id}`
      },
      load(id) {
        const file = fileToDrop(id)
        if (file === undefined) return undefined
        const { moduleGraph } = this.environment as unknown as { moduleGraph: ModuleGraph }
        for (const node of moduleGraph.getModulesByFile(file) ?? []) moduleGraph.invalidateModule(node)
        return 'export {}'
      },
      transform(code, id) {
        stamps.set(stampKey(this.environment?.name, id), stampOf(code, id))
        return undefined
      },
    },
    {
      name: 'fresh-modules:stamp',
      enforce: 'post',
      transform(code, id) {
        const key = stampKey(this.environment?.name, id)
        const stamp = stamps.get(key)
        stamps.delete(key)
        // `map: null`: a comment at the end moves nothing.
        return stamp ? { code: appendStamp(code, stamp), map: null } : undefined
      },
    },
  ]
}

/** The part of the server's module graph that dropping a file needs. */
interface ModuleGraph {
  getModulesByFile(file: string): Set<object> | undefined
  invalidateModule(node: object): void
}

function stampKey(environment: string | undefined, id: string): string {
  return `${environment}\0${id}`
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
