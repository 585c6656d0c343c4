import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Tree, writeTree } from '../test-host/tree.ts'

const REGISTER = new URL('register.ts', import.meta.url).href

let tree: Tree
beforeEach(() => {
  tree = writeTree({
    'package.json': { name: 'app', type: 'module' },
    'db.cjs': "console.log('db is evaluated')",
    'twice.cjs': `
      require('./db.cjs')
      delete require.cache[require.resolve('./db.cjs')]
      try { require('./db.cjs') } catch (error) { console.log(error.code) }
    `,
    'host.mjs': `
      const installed = globalThis[Symbol.for('fresh-modules.host')]
      console.log(installed ? installed.host.label.replace(/[\\d.]+$/, 'x') + ' in ' + installed.host.root : 'no host')
    `,
  })
})

const guarded = (more: object = {}) => ({
  'package.json': {
    name: 'app',
    type: 'module',
    freshModules: {
      specs: [{ match: './db.cjs', allowReimport: false }],
      ...more,
    },
  },
})

/** Runs Node in the tree; what it printed, and what it said when it failed. */
function node(...args: string[]): { out: string[]; failed: string | undefined } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: tree.root,
    encoding: 'utf8',
    env: {},
  })
  return { out: stdout.split('\n').filter(Boolean), failed: status === 0 ? undefined : stderr }
}

describe('fresh-modules/register', () => {
  test.each(['--import', '--require'])(
    'by %s puts the host for Node in charge before the first module',
    (flag) => {
      const register = flag === '--import' ? REGISTER : fileURLToPath(REGISTER)
      expect(node('host.mjs').out).toEqual(['no host'])
      expect(node(flag, register, 'host.mjs').out).toEqual([
        expect.stringMatching(new RegExp(` in ${tree.root}$`)),
      ])
    },
  )

  test('by an import in a file does so from there on', () => {
    tree.write({ 'main.mjs': `import ${JSON.stringify(REGISTER)}; await import('./host.mjs')` })
    expect(node('main.mjs').out).toEqual([expect.stringContaining(` in ${tree.root}`)])
  })

  test('switches the guard on, with the options in package.json', () => {
    tree.write(guarded())
    expect(node('twice.cjs').out).toEqual(['db is evaluated', 'db is evaluated'])
    expect(node('--import', REGISTER, 'twice.cjs').out).toEqual(['db is evaluated', 'ERR_DUPLICATE_MODULE'])
  })

  test('guards nothing where package.json switches that off', () => {
    tree.write(guarded({ onDuplicate: 'off' }))
    expect(node('--import', REGISTER, 'twice.cjs').out).toEqual(['db is evaluated', 'db is evaluated'])
  })

  test('refuses bad options before anything runs, and names the file', () => {
    tree.write(guarded({ onDuplicate: 'of' }))
    const { out, failed } = node('--import', REGISTER, 'twice.cjs')
    expect(out).toEqual([])
    expect(failed).toContain('ERR_BAD_OPTION')
    expect(failed).toContain(tree.at('package.json'))
  })

  test('may be loaded twice: the second time changes nothing', () => {
    tree.write({
      'main.mjs': `
        const slot = Symbol.for('fresh-modules.host')
        const [first, hooks] = [globalThis[slot], await import(${JSON.stringify(`${REGISTER}?again`)})]
        console.log(first !== undefined && globalThis[slot] === first, Object.keys(hooks))
      `,
    })
    expect(node('--import', REGISTER, 'main.mjs').out).toEqual(["true [ 'mochaHooks' ]"])
  })

  test('leaves another host in charge', () => {
    tree.write({
      'main.mjs': `
        const slot = Symbol.for('fresh-modules.host')
        const other = { host: { label: 'another host' }, state: {} }
        globalThis[slot] = other
        const { mochaHooks } = await import(${JSON.stringify(REGISTER)})
        console.log(globalThis[slot] === other, mochaHooks)
      `,
    })
    expect(node('main.mjs').out).toEqual(['true {}'])
  })

  test('has what mocha calls around tests, and nothing else', () => {
    tree.write({
      'main.mjs': `
        const { mochaHooks, ...rest } = await import(${JSON.stringify(REGISTER)})
        console.log(Object.values(mochaHooks).every((hook) => typeof hook === 'function'), Object.keys(mochaHooks).length > 0, rest)
      `,
    })
    expect(node('main.mjs').out).toEqual(['true true {}'])
  })
})
