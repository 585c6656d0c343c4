import { describe, expect, test } from 'vitest'
import { openProject } from '../../test-host/project.ts'
import { inWorker } from '../../test-host/worker-state.ts'

describe('facts', () => {
  test.each([
    ['node:fs', { kind: 'builtin' }],
    ['/app/build/addon.node', { kind: 'addon' }],
  ])('of %s are known without the server', (id, facts) => {
    const { host, fetched } = openProject({})
    expect(host.facts(id as never)).toEqual(facts)
    expect(fetched).toEqual([])
  })

  test('tell the kind of a module, and what its docblock says', async () => {
    const { host, id } = openProject({
      'plain.ts': '',
      'data.json': '1',
      'marked.ts': '/** @fresh-modules no-reimport: owns a port */',
    })
    expect(await host.facts(id('plain.ts'))).toMatchObject({ kind: 'source' })
    expect(await host.facts(id('data.json'))).toMatchObject({ kind: 'json' })
    expect(await host.facts(id('marked.ts'))).toMatchObject({
      kind: 'source',
      docblock: { flags: { allowReimport: false }, reason: 'owns a port' },
    })
  })

  test('of a docblock with an unknown word are an error that names the file', async () => {
    const { host, id } = openProject({ 'a.ts': '/** @fresh-modules no-relaod */' })
    await expect(host.facts(id('a.ts'))).rejects.toMatchObject({
      code: 'ERR_BAD_OPTION',
      message: expect.stringContaining(id('a.ts')),
    })
  })

  test('are of the file as it was read, until they are refreshed', async () => {
    const { host, id, write } = openProject({ 'a.ts': '' })
    expect(await host.facts(id('a.ts'))).toEqual({ kind: 'source', docblock: undefined })
    write('a.ts', '/** @fresh-modules no-unload */')
    expect(await host.facts(id('a.ts'))).toEqual({ kind: 'source', docblock: undefined })
    await host.refresh(id('a.ts'))
    expect(await host.facts(id('a.ts'))).toMatchObject({ docblock: { flags: { allowUnload: false } } })
  })

  describe('of a package that is left to Node', () => {
    const FILES = {
      'a.ts': "import '@scope/pkg'",
      'node_modules/@scope/pkg/package.json': '{ "name": "@scope/pkg" }',
      'node_modules/@scope/pkg/index.js': 'module.exports = class {}',
    }

    test('are those of the host for Node', async () => {
      const { host, id } = openProject(FILES)
      const facts = await host.facts(id('node_modules/@scope/pkg/index.js'))
      expect(facts.notFresh).toBeUndefined()
      expect(facts.kind).toBe('source')
    })

    test('say in the vm pools that it cannot be made fresh, and what to configure', async () => {
      const { host, id } = openProject(FILES)
      inWorker({ ctx: { pool: 'vmThreads' } })
      const facts = await host.facts(id('node_modules/@scope/pkg/index.js'))
      expect(facts.notFresh?.remedy).toContain("inline: ['@scope/pkg']")
    })
  })
})
