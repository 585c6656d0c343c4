/** What the suites for Vitest share: the config of a project, and one project that uses every helper. */
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import {
  type FileTree,
  type Host,
  hostDir,
  type Project,
  project,
  type RunOptions,
  type RunResult,
} from '../harness/index.ts'

interface ConfigParts {
  /** Fields of `test`, as source text. */
  readonly test?: string
  /** Argument of the plugin, as source text. */
  readonly options?: string
  /** Further plugins, as source text. */
  readonly plugins?: string
  /** Statements before the config. */
  readonly top?: string
  /** Fields of the config other than `test`, as source text. */
  readonly config?: string
}

/** The text of a `vitest.config.ts` with the plugin. */
export function configWith(parts: ConfigParts = {}): string {
  const { test = '', options = '', plugins = '', top = '', config = '' } = parts
  return `
    import { defineConfig } from 'vitest/config'
    import { freshModules } from '@fresh-modules/vitest-plugin'
    ${top}
    export default defineConfig({
      plugins: [freshModules(${options}), ${plugins}],
      test: { ${test} },
      ${config}
    })
  `
}

/** A project with the plugin; `files` may bring a config of its own. */
export function vitestProject(host: Host, files: FileTree): Promise<Project> {
  return project(host.name, { 'vitest.config.ts': configWith(), ...files })
}

/** The script behind the `vitest` command, for other commands than `vitest run`. */
export async function vitestBin(host: Host): Promise<string> {
  return join(dirname(await hostDir(host.name)), 'node_modules/vitest/vitest.mjs')
}

/** Runs a project that has to pass, with all of its tests. */
export async function passes(
  host: Host,
  files: FileTree,
  args: readonly string[] = [],
  options?: RunOptions,
): Promise<RunResult> {
  const app = await vitestProject(host, files)
  const result = await app.run(args, options)
  expect(result, result.output).toMatchObject({ exitCode: 0, failed: 0, timedOut: false })
  expect(result.passed, result.output).toBeGreaterThan(0)
  return result
}

/** Runs a project that has to fail, and returns what it printed. */
export async function failsWith(
  host: Host,
  files: FileTree,
  args: readonly string[] = [],
): Promise<RunResult> {
  const app = await vitestProject(host, files)
  const result = await app.run(args)
  expect(result, result.output).toMatchObject({ exitCode: 1, timedOut: false })
  return result
}

/** Every helper once, in TypeScript: what has to work the same in every pool and environment. */
export const helpersProject: FileTree = {
  'src/counter.ts': `
    import { shared } from './shared'
    export interface Counter { count: number }
    export let count = 0
    export const mode = process.env.APP_MODE ?? 'none'
    export function increase(): number {
      shared.total++
      return ++count
    }
    export const lazy = () => import('./lazy')
  `,
  'src/shared.ts': 'export const shared: { total: number } = { total: 0 }',
  'src/lazy.ts': 'export const made = {}',
  'src/cycle-a.ts': `
    import { b } from './cycle-b'
    export const a = {}
    export const other = () => b
  `,
  'src/cycle-b.ts': `
    import { other } from './cycle-a'
    export const b = {}
    export const back = () => other
  `,
  'src/optional.ts': `
    export let found = true
    try {
      await import('./lazy')
    } catch (error) {
      found = false
      if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    }
  `,
  'src/broken.ts': "throw new Error('broken on purpose')",
  'src/needs-part.ts': "export { part } from './part'",
  'src/helpers.test.ts': `
    import { writeFileSync } from 'node:fs'
    import { join } from 'node:path'
    import { importFresh, markNonReimportable, onUnload, reloadInPlace, specOf, unload, withUnloaded } from 'fresh-modules'
    import { expect, test } from 'vitest'
    import * as counter from './counter'
    import { shared } from './shared'

    test('importFresh gives a copy of its own and leaves the registered one alone', async () => {
      counter.increase()
      const first = await importFresh('./counter', { env: { APP_MODE: 'one' } })
      const second = await importFresh(() => import('./counter'), { env: { APP_MODE: 'two' } })
      expect([first.count, second.count, counter.count]).toEqual([0, 0, 1])
      expect([first.mode, second.mode, counter.mode]).toEqual(['one', 'two', 'none'])
      first.increase()
      expect([first.count, second.count, counter.count, shared.total]).toEqual([1, 0, 1, 2])
      expect(await import('./counter')).toBe(counter)
      expect(process.env.APP_MODE).toBeUndefined()
    })

    test('a late import of a fresh copy is answered in its scope', async () => {
      const plain = await importFresh('./counter')
      expect(await plain.lazy()).toBe(await import('./lazy'))
      const fresh = await importFresh('./counter', { fresh: ['./lazy'] })
      const own = await fresh.lazy()
      expect(own).not.toBe(await import('./lazy'))
      expect(await fresh.lazy()).toBe(own)
      const blocked = await importFresh('./counter', { blocked: ['./lazy'] })
      await expect(blocked.lazy()).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
      await expect(counter.lazy()).resolves.toBeDefined()
    })

    test('cycles close, and blocked imports take the fallback', async () => {
      const registered = await import('./cycle-a')
      const copy = await importFresh('./cycle-a', { fresh: 'imports' })
      expect(copy.other()).not.toBe(registered.other())
      expect((await importFresh('./optional')).found).toBe(true)
      expect((await importFresh('./optional', { blocked: ['./lazy'] })).found).toBe(false)
    })

    test('failures reach the caller, and the next call tries again with the file as it is', async () => {
      await expect(importFresh('./broken')).rejects.toThrow('broken on purpose')
      await expect(import('./broken')).rejects.toThrow('broken on purpose')
      writeFileSync(join(import.meta.dirname, 'broken.ts'), 'export const mended: number = 1')
      expect(await importFresh('./broken')).toMatchObject({ mended: 1 })
      writeFileSync(join(import.meta.dirname, 'broken.ts'), 'export const mended: number = 22')
      expect(await importFresh('./broken')).toMatchObject({ mended: 22 })
      writeFileSync(join(import.meta.dirname, 'broken.ts'), 'export const mended: number ==== 3')
      await expect(importFresh('./broken')).rejects.toThrow()
      writeFileSync(join(import.meta.dirname, 'broken.ts'), 'export const mended: number = 4444')
      expect(await importFresh('./broken')).toMatchObject({ mended: 4444 })
      await expect(importFresh('./missing')).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
      writeFileSync(join(import.meta.dirname, 'missing.ts'), 'export const found: boolean = true')
      expect(await importFresh('./missing')).toMatchObject({ found: true })
    })

    test('what a target imports may be made, mended and changed too', async () => {
      await expect(importFresh('./needs-part')).rejects.toThrow(/part/)
      writeFileSync(join(import.meta.dirname, 'part.ts'), 'export const part: number = 1')
      expect(await importFresh('./needs-part')).toMatchObject({ part: 1 })
      writeFileSync(join(import.meta.dirname, 'part.ts'), 'export const part: number = 22')
      expect(await importFresh('./needs-part')).toMatchObject({ part: 1 })
      expect(await importFresh('./needs-part', { fresh: 'imports' })).toMatchObject({ part: 22 })
      writeFileSync(join(import.meta.dirname, 'part.ts'), 'export const part: number = 333')
      expect(await importFresh('./needs-part', { fresh: ['./part'] })).toMatchObject({ part: 333 })
      const path: string = './part'
      const registered = await import(/* @vite-ignore */ path)
      expect(registered.part).toBe(1)
      expect((await reloadInPlace(registered)).part).toBe(333)
      writeFileSync(join(import.meta.dirname, 'part.ts'), 'export const part: number = ;')
      await expect(reloadInPlace(registered)).rejects.toThrow()
      expect(registered.part).toBe(333)
      writeFileSync(join(import.meta.dirname, 'part.ts'), 'throw new Error("at evaluation")')
      await expect(reloadInPlace(registered)).rejects.toThrow('at evaluation')
      expect(registered.part).toBe(333)
      writeFileSync(join(import.meta.dirname, 'part.ts'), 'export const part: number = 55555')
      expect((await reloadInPlace(registered)).part).toBe(55555)
    })

    test('unload, withUnloaded and reloadInPlace', async () => {
      const before = await import('./lazy')
      await withUnloaded('./lazy', async () => {
        expect(await import('./lazy')).not.toBe(before)
      })
      expect(await import('./lazy')).toBe(before)
      await unload('./lazy')
      expect(await import('./lazy')).not.toBe(before)
      counter.increase()
      expect(counter.count).toBeGreaterThan(0)
      expect(await reloadInPlace(counter)).toBe(counter)
      expect(counter.count).toBe(0)
      counter.increase()
      expect(counter.count).toBe(1)
    })

    test('flags are respected', async () => {
      await markNonReimportable('./shared', 'one total')
      await expect(importFresh('./shared')).rejects.toMatchObject({ code: 'ERR_REIMPORT_REFUSED' })
      await expect(importFresh('./shared')).rejects.toThrow(/one total/)
      expect((await specOf('./shared')).allowReimport).toBe(false)
    })

    test('flags set in a test end with it', async () => {
      expect((await specOf('./shared')).allowReimport).toBe(true)
    })

    test('overlapping calls never see each other', async () => {
      const copies = await Promise.all(
        ['a', 'b', 'c'].map((mode) => importFresh('./counter', { env: { APP_MODE: mode } })),
      )
      expect(copies.map(({ mode }) => mode)).toEqual(['a', 'b', 'c'])
      expect(new Set(copies).size).toBe(3)
    })
  `,
}
