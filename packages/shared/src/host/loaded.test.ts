import { symlinkSync } from 'node:fs'
import { beforeEach, describe, expect, test } from 'vitest'
import { fakeInstalled } from '../../test-host/fake-host.ts'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { isLoaded, realIdentityOf, registeredCopyOf } from './loaded.ts'
import type { ModuleId } from './module-id.ts'

const id = (text: string) => text as ModuleId

let tree: Tree
beforeEach(() => {
  tree = writeTree({ 'real/db.js': '', 'real/other.js': '' })
  symlinkSync(tree.at('real'), tree.at('linked'))
})

describe('the identity by real file', () => {
  test('is the same through a symlink and with a query', () => {
    const real = tree.at('real/db.js')
    for (const other of ['real/db.js', 'linked/db.js', 'linked/db.js?x=1']) {
      expect(realIdentityOf(id(tree.at(other)))).toBe(real)
    }
    expect(realIdentityOf(id(`mock:${tree.at('linked/db.js')}`))).toBe(real)
  })

  test('keeps a query that makes a module of its own', () => {
    expect(realIdentityOf(id(tree.at('linked/db.js?raw')))).toBe(`${tree.at('real/db.js')}?raw`)
  })

  test('of what is no file on disk is its id', () => {
    for (const other of ['node:fs', 'virtual:env', '/absent/db.js'])
      expect(realIdentityOf(id(other))).toBe(other)
  })
})

describe('the registered copy of a module', () => {
  test('is found under its own id, another query, or another path to the same file', () => {
    const installed = fakeInstalled({ [tree.at('linked/db.js?x=1')]: [] })
    for (const asked of ['linked/db.js?x=1', 'real/db.js', 'linked/db.js', 'real/db.js?y=2']) {
      expect(registeredCopyOf(installed, id(tree.at(asked)))?.id).toBe(tree.at('linked/db.js?x=1'))
    }
  })

  test('is none of a file of the same name elsewhere, nor of another kind', () => {
    const installed = fakeInstalled({ [tree.at('real/db.js')]: [] })
    expect(registeredCopyOf(installed, id(tree.at('db.js')))).toBeUndefined()
    expect(registeredCopyOf(installed, id(tree.at('real/db.js?raw')))).toBeUndefined()
    expect(registeredCopyOf(installed, id(tree.at('real/other.js')))).toBeUndefined()
  })
})

describe('a module counts as loaded', () => {
  const db = () => id(tree.at('real/db.js'))

  test('not when it was never loaded', () => {
    expect(isLoaded(fakeInstalled(), db())).toBe(false)
  })

  test('while it is registered', () => {
    expect(isLoaded(fakeInstalled({ [db()]: [] }), db())).toBe(true)
  })

  test('while withUnloaded has set it aside', () => {
    const installed = fakeInstalled()
    installed.state.setAside.set(db(), 1)
    expect(isLoaded(installed, id(tree.at('linked/db.js?x=1')))).toBe(true)
    installed.state.setAside.set(db(), 0)
    expect(isLoaded(installed, db())).toBe(false)
  })

  test('after it was dropped by anything but an allowed unload', () => {
    const installed = fakeInstalled()
    const copy = { id: db(), importedBy: [], loader: 'x', format: undefined }
    installed.state.guard.firstCopies.set(db(), copy)
    expect(isLoaded(installed, id(tree.at('linked/db.js')))).toBe(true)
  })
})
