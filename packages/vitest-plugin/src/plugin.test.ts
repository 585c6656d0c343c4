import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseAst } from 'vite'
import { afterAll, describe, expect, test } from 'vitest'
import { freshModules } from './plugin.ts'
import { deserializeOptions, dropRequest } from './vitest/protocol.ts'
import { PROVIDE_KEY, type Provided } from './vitest/provided.ts'
import { readStamp } from './vitest/stamp.ts'

type Hooks = Record<string, (this: unknown, ...args: unknown[]) => unknown>
const hooksOf = (plugins: unknown[]): [pre: Hooks, post: Hooks] => [plugins[0] as Hooks, plugins[1] as Hooks]

interface FakeProject {
  config: { runner?: string; onStackTrace?: (error: unknown, frame: { file: string }) => unknown }
  provided: Map<unknown, Provided>
  provide(key: unknown, value: Provided): void
}

function projectWith(config: FakeProject['config'] = {}): FakeProject {
  const provided = new Map<unknown, Provided>()
  return { config, provided, provide: (key, value) => void provided.set(key, value) }
}

function configure(plugins: unknown[], project: FakeProject, vitest: object = {}): Provided {
  hooksOf(plugins)[0]['configureVitest']?.({ project, vitest })
  return project.provided.get(PROVIDE_KEY) as Provided
}

describe('a project', () => {
  test('gets the options and the test runner', () => {
    const project = projectWith()
    const provided = configure(
      freshModules({ resetBetween: 'files', specs: [{ match: /x/, allowReload: false }] }),
      project,
    )
    expect(deserializeOptions(provided.options)).toEqual({
      resetBetween: 'files',
      specs: [{ match: /x/, allowReload: false }],
    })
    expect(project.config.runner).toMatch(/test-runner\.js$/)
    expect(provided.runner).toBeUndefined()
  })

  test('keeps a runner of its own beneath, also where the plugin is listed twice', () => {
    const project = projectWith({ runner: '/app/my-runner.ts' })
    expect(configure(freshModules(), project).runner).toBe('/app/my-runner.ts')
    expect(configure(freshModules(), project).runner).toBe('/app/my-runner.ts')
  })

  test.each([
    [{ resetBetween: 'never' }, true],
    [{ resetBetween: 'never', specs: [] }, true],
    [{ resetBetween: 'never', specs: [{ match: 'x', allowReload: false }] }, false],
    [{ resetBetween: 'tests' }, true],
    [{ resetPackages: ['a'] }, false],
    [undefined, true],
  ] as const)('with %j is idle: %s', (options, isIdle) => {
    expect(configure(freshModules(options as never), projectWith()).isIdle).toBe(isIdle)
  })

  test("does not share another project's runner", () => {
    configure(freshModules(), projectWith({ runner: '/app/my-runner.ts' }))
    expect(configure(freshModules(), projectWith()).runner).toBeUndefined()
  })
})

test('bad options are one error when the config is loaded', () => {
  expect(() => freshModules({ resetBetween: 'test' as never })).toThrow(
    expect.objectContaining({
      code: 'ERR_BAD_OPTION',
      message: expect.stringContaining('Failed to configure @fresh-modules/vitest-plugin'),
    }),
  )
})

describe('a project in browser mode', () => {
  const inBrowser = { environment: { config: { test: { browser: { enabled: true } } } } }

  test('is left alone, which is said once in a run', () => {
    const said: string[] = []
    const vitest = { logger: { warn: (line: string) => said.push(line) } }
    for (const name of ['chromium', 'firefox']) {
      const project = { ...projectWith({ browser: { enabled: true } } as never), name }
      expect(configure(freshModules(), project, vitest)).toBeUndefined()
      expect(project.config.runner).toBeUndefined()
    }
    expect(said).toEqual([
      expect.stringContaining('The project "chromium" runs in browser mode and is left alone'),
    ])
  })

  test('has its sources as they are', () => {
    const [pre] = hooksOf(freshModules())
    expect(pre['transform']?.call(inBrowser, '/** @fresh-modules no-reload */', '/app/a.ts')).toBeUndefined()
  })

  test('gets helpers that refuse', async () => {
    const [pre] = hooksOf(freshModules())
    const id = pre['resolveId']?.call(inBrowser, 'fresh-modules')
    const code = pre['load']?.call(inBrowser, id) as string
    const helpers = (await import(
      `data:text/javascript,${encodeURIComponent(code)}`
    )) as typeof import('fresh-modules')
    expect(Object.keys(helpers).sort()).toEqual(Object.keys(await import('fresh-modules')).sort())
    expect(() => helpers.importFresh('./a')).toThrow(
      expect.objectContaining({ name: 'UnsupportedHostError', code: 'ERR_UNSUPPORTED_HOST' }),
    )
    expect(pre['resolveId']?.call(inBrowser, './a')).toBeUndefined()
    expect(pre['load']?.call(inBrowser, '/app/a.ts')).toBeUndefined()
  })
})

describe('packages in resetPackages', () => {
  test('are inlined by what Vitest takes from the environments', () => {
    const [pre] = hooksOf(freshModules({ resetPackages: ['@a/b'] }))
    expect(pre['config']?.({})).toEqual({
      environments: { ssr: { resolve: { noExternal: [expect.any(RegExp)] } } },
    })
    expect(hooksOf(freshModules())[0]['config']?.({})).toBeUndefined()
  })

  test('are taken out of what the dependency optimizer bundles', () => {
    const [pre] = hooksOf(freshModules({ resetPackages: ['a', '@b/c'] }))
    const environments = {
      client: { optimizeDeps: {} },
      ssr: { optimizeDeps: { include: ['a', 'ab', 'x > a/inner', '@b/c/d', 'y'], exclude: ['a', 'z'] } },
    }
    pre['configResolved']?.({ optimizeDeps: {}, environments })
    expect(environments).toEqual({
      client: { optimizeDeps: { include: [], exclude: ['a', '@b/c'] } },
      ssr: { optimizeDeps: { include: ['ab', 'y'], exclude: ['a', 'z', '@b/c'] } },
    })
  })
})

test('a request to drop a file is resolved, and the server drops it; other specifiers are not ours', () => {
  const plugins = freshModules()
  const dropped: string[] = []
  configure(plugins, projectWith(), { invalidateFile: (file: string) => dropped.push(file) })
  const [pre] = hooksOf(plugins)
  const request = dropRequest('/app/a.ts')
  const inNode = { environment: { config: {} } }
  expect(pre['resolveId']?.call(inNode, request)).toBe(request)
  expect(dropped).toEqual(['/app/a.ts'])
  expect(pre['resolveId']?.call(inNode, './a')).toBeUndefined()
  expect(dropped).toHaveLength(1)
})

describe('the stamp of a module', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fresh-modules-plugin-'))
  const file = path.join(folder, 'a.ts')
  writeFileSync(file, 'export {}')
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const source = '/** @fresh-modules no-reimport: owns port 5432 */\nexport {}'

  /** Both transforms with what other plugins do in between; several environments may be at it. */
  async function transform(code: string, id: string, between = 'compiled') {
    const plugins = freshModules()
    configure(plugins, projectWith(), { config: {} })
    const [pre, post] = hooksOf(plugins)
    const environment = { config: {} }
    pre['transform']?.call({ environment }, code, id)
    return (await post['transform']?.call({ environment }, between, id)) as
      | { code: string; map: null }
      | undefined
  }

  test('tells the flags of its docblock, read before other plugins drop comments, and the state of its file', async () => {
    const result = await transform(source, `${file}?v=1`)
    expect(result?.code.startsWith('compiled\n')).toBe(true)
    const { mtimeMs, size } = statSync(file)
    expect(readStamp(result?.code)).toEqual({
      read: [mtimeMs, size],
      docblock: { flags: { allowReimport: false }, reason: 'owns port 5432', where: file },
    })
  })

  test('tells what is wrong with its docblock, since the worker knows who imports it', async () => {
    const { problem } = readStamp((await transform('/** @fresh-modules no-relaod */', file))?.code)
    expect(problem).toContain('no-relaod')
  })

  test('of a virtual module, or of one whose file is gone, has no state', async () => {
    expect(readStamp((await transform('export {}', '\0virtual:env'))?.code)).toEqual({})
    expect(readStamp((await transform('export {}', path.join(folder, 'gone.ts')))?.code)).toEqual({})
  })

  /** What the plugin makes of code that another one has compiled. */
  async function compiled(code: string, coverage = false): Promise<string | undefined> {
    const plugins = freshModules()
    const [pre, post] = hooksOf(plugins)
    const environment = { config: {} }
    configure(plugins, projectWith(), { config: { coverage: { enabled: coverage } } })
    pre['transform']?.call({ environment }, 'export {}', file)
    const context = {
      environment,
      parse: parseAst,
      resolve: async () => null,
      getCombinedSourcemap: () => null,
    }
    return ((await post['transform']?.call(context, code, file)) as { code: string } | undefined)?.code
  }

  test('names what holds the state of an ES module, which hands over what reads it', async () => {
    const code = 'let n = 0; export const inc = () => ++n'
    const result = await compiled(code)
    expect(result).toContain(`${code}\n;import.meta.freshModulesHeldState?.(() => [n])\n//# freshModules=`)
    expect(readStamp(result).verdict?.holders).toEqual(['n'])
  })

  test.each([
    ['is CommonJS', 'let n = 0; exports.inc = () => ++n', false],
    ['has its coverage collected', 'let n = 0; export const inc = () => ++n', true],
    [
      'holds something else as well',
      "import { A } from 'a'; export let n = 0; export const inc = () => ++n; export const a = new A()",
      false,
    ],
  ])('names nothing of a module that %s', async (_, code, coverage) => {
    const result = await compiled(code, coverage)
    expect(result?.startsWith(`${code}\n//# freshModules=`)).toBe(true)
    expect(readStamp(result).verdict).toHaveProperty('state')
    expect(readStamp(result).verdict).not.toHaveProperty('holders')
  })

  test('is not there without Vitest: Vite builds what it would build without the plugin', async () => {
    const [pre, post] = hooksOf(freshModules())
    const environment = { config: {} }
    pre['transform']?.call({ environment }, source, file)
    expect(await post['transform']?.call({ environment }, 'compiled', file)).toBeUndefined()
  })

  test('is of one environment, and is used once', async () => {
    const plugins = freshModules()
    configure(plugins, projectWith(), { config: {} })
    const [pre, post] = hooksOf(plugins)
    const [node, web] = [{ config: {} }, { config: {} }]
    pre['transform']?.call({ environment: node }, source, file)
    expect(await post['transform']?.call({ environment: web }, 'x', file)).toBeUndefined()
    expect(await post['transform']?.call({ environment: node }, 'x', file)).toBeDefined()
    expect(await post['transform']?.call({ environment: node }, 'x', file)).toBeUndefined()
  })
})
