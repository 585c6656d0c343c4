import { createRequire } from 'node:module'
import { expect, onTestFinished, test } from 'vitest'
import { writeTree } from '../../test-host/tree.ts'
import { isRequiredByPackage } from './deleted-entries.ts'

/** A file that a package and a file of the project have required, and whose entry is gone. */
function deleted(): { readonly file: string; readonly user: string; forget(name: string): void } {
  const tree = writeTree({
    'app.cjs': "require('pkg'); require('user'); exports.resolve = require.resolve",
    'node_modules/pkg/index.js': 'exports.state = {}',
    'node_modules/user/index.js': "exports.load = () => require('pkg'); exports.load()",
  })
  const load = createRequire(import.meta.url)
  const { resolve } = load(tree.at('app.cjs')) as { resolve: NodeJS.RequireResolve }
  const forget = (name: string) => void delete load.cache[resolve(name)]
  onTestFinished(() => ['./app.cjs', 'pkg', 'user'].forEach(forget))
  forget('pkg')
  return { file: resolve('pkg'), user: resolve('user'), forget }
}

test('a package that Node keeps holds what it has required', () => {
  const { file, user, forget } = deleted()
  expect(isRequiredByPackage(file, undefined)).toBe(true)
  expect(isRequiredByPackage(file, user), 'who asks again').toBe(false)
  forget('user')
  expect(isRequiredByPackage(file, undefined), 'the project alone').toBe(false)
})

test('what is there again is no copy that was deleted', () => {
  const { file, user, forget } = deleted()
  forget('user')
  createRequire(user)(user)
  expect(isRequiredByPackage(file, undefined)).toBe(false)
})
