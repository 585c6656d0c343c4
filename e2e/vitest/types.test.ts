/** The types of the packed packages, for both ways in which TypeScript resolves modules. */
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { hostDir } from '../harness/index.ts'
import { configWith, vitestProject } from './support.ts'

const sources = {
  'config.ts': 'export const port: number = 1\nexport default { name: "config" }',
  'use.ts': `
    import {
      declareSpec, FreshModulesError, importFresh, markNonReimportable, onImport, onUnload, reloadInPlace, requireFresh,
      specOf, unload, withFlags, withUnloaded,
      type Flag, type Flags, type FreshOptions, type ModuleId, type ModuleSpec, type SpecRule,
    } from 'fresh-modules'
    import * as registered from './config.js'

    type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
    const isTrue = <T extends true>(): T => true as T

    export async function use(): Promise<void> {
      const byFunction = await importFresh(() => import('./config.js'))
      isTrue<Equal<typeof byFunction, typeof registered>>()
      isTrue<Equal<typeof byFunction.port, number>>()
      const named = await importFresh<{ port: number }>('./config.js', { fresh: 'imports', blocked: ['a'], env: { A: undefined } })
      isTrue<Equal<typeof named, { port: number }>>()
      const untyped = await importFresh('./config.js', { fresh: new Set(['./a.js']), from: new URL('file:///a') })
      untyped.anything.goes
      isTrue<Equal<Awaited<ReturnType<typeof reloadInPlace<typeof registered>>>, typeof registered>>()
      const ids = await unload('./config.js')
      isTrue<Equal<typeof ids, ModuleId[]>>()
      const answer = await withUnloaded(['./config.js'], async () => 42)
      isTrue<Equal<typeof answer, number>>()
      const spec: ModuleSpec = await specOf('./config.js')
      spec.allowReload = false
      const now: ModuleSpec = specOf(registered)
      const flag: Flag = 'allowReimport'
      const flags: Partial<Flags> = { [flag]: false }
      await withFlags('./config.js', flags, () => now.provenance.allowReload.reason)
      await markNonReimportable('./config.js', 'why')
      declareSpec(import.meta, { allowReimport: false, reason: 'why' })
      onUnload(import.meta, () => {})
      const undo: () => void = await onImport('./config.js', (_namespace, { fresh, reloaded }) => { fresh === reloaded })
      undo()
      const sync: { port: number } = requireFresh<{ port: number }>('./config.js')
      sync.port
      const options: FreshOptions = { env: {} }
      const rules: SpecRule[] = [{ match: 'react', allowReimport: false }, { match: /x/, reason: 'y' }]
      void [options, rules]
      try { await use() } catch (error) {
        if (error instanceof FreshModulesError) isTrue<Equal<typeof error.code extends string ? true : false, true>>()
      }

      // @ts-expect-error not an option
      importFresh('./config.js', { frehs: [] })
      // @ts-expect-error not a list of names
      importFresh('./config.js', { fresh: 42 })
      // @ts-expect-error not a target
      importFresh(42)
      // @ts-expect-error the id is read only
      spec.id = ids[0] as ModuleId
      // @ts-expect-error not a flag
      withFlags('./config.js', { allowEverything: true }, () => {})
    }
  `,
  'runner.ts': `
    import { withFreshModules } from '@fresh-modules/vitest-plugin/runner'
    import { TestRunner } from 'vitest'
    class Mine extends TestRunner { own = 1 }
    const Composed = withFreshModules(Mine)
    export default Composed
    export const own = (runner: InstanceType<typeof Composed>): number => runner.own
  `,
  'vitest.config.ts': configWith({
    options:
      "{ resetBetween: 'files', specs: [{ match: ['react', /^vue/], allowReimport: false }], onDuplicate: 'warn' }",
  }),
  'bad.config.ts': `
    import { freshModules } from '@fresh-modules/vitest-plugin'
    // @ts-expect-error not a value
    freshModules({ resetBetween: 'suites' })
    // @ts-expect-error not an option
    freshModules({ reset: true })
  `,
}

const resolutions = {
  bundler: { module: 'ESNext', moduleResolution: 'bundler' },
  nodenext: { module: 'NodeNext', moduleResolution: 'NodeNext' },
}

describeHosts('vitest', (host) => {
  for (const [name, options] of Object.entries(resolutions)) {
    test(`a strict project compiles with moduleResolution ${name}`, async () => {
      const app = await vitestProject(host, {
        ...sources,
        'tsconfig.json': JSON.stringify({
          compilerOptions: {
            ...options,
            target: 'ES2022',
            strict: true,
            exactOptionalPropertyTypes: true,
            noUncheckedIndexedAccess: true,
            // Vitest's and Vite's own declarations are not ours to check.
            skipLibCheck: true,
            noEmit: true,
            types: [],
          },
          include: ['*.ts'],
        }),
      })
      const tsc = join(dirname(await hostDir(host.name)), 'node_modules/typescript/bin/tsc')
      const { exitCode, stdout } = await app.node([tsc, '-p', '.'])
      expect(exitCode, stdout).toBe(0)
    })
  }

  test('our declarations alone compile without skipLibCheck', async () => {
    const app = await vitestProject(host, {
      'config.ts': sources['config.ts'],
      'use.ts': sources['use.ts'],
      'vitest.config.ts': 'export {}',
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          ...resolutions.nodenext,
          target: 'ES2022',
          strict: true,
          skipLibCheck: false,
          noEmit: true,
          types: ['node'],
        },
        include: ['*.ts'],
      }),
    })
    const tsc = join(dirname(await hostDir(host.name)), 'node_modules/typescript/bin/tsc')
    const { exitCode, stdout } = await app.node([tsc, '-p', '.'])
    expect(exitCode, stdout).toBe(0)
  })
})
