import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { openProject } from '../../test-host/project.ts'
import { forgetRequired, patternOfPackage } from './reset-packages.ts'

describe('a path is one of a package', () => {
  test.each([
    ['pkg', '/app/node_modules/pkg/index.js', true],
    ['pkg', 'C:\\app\\node_modules\\pkg\\index.js', true],
    ['pkg', '/app/node_modules/outer/node_modules/pkg/lib/a.js', true],
    ['@scope/pkg', '/app/node_modules/@scope/pkg/index.js', true],
    ['pkg', '/app/node_modules/pkg-extra/index.js', false],
    ['pkg', '/app/node_modules/@scope/pkg/index.js', false],
    ['pkg', '/app/src/pkg/index.js', false],
    ['a.b', '/app/node_modules/a.b/index.js', true],
    ['a.b', '/app/node_modules/axb/index.js', false],
  ])('%s: %s: %j', (name, file, isOwn) => {
    expect(patternOfPackage(name).test(file)).toBe(isOwn)
  })
})

test('Node forgets what a dropped package has required of itself, and nothing else', () => {
  const { id } = openProject({
    'node_modules/dropped/index.js':
      "module.exports = { inner: require('./inner.js'), other: require('other') }",
    'node_modules/dropped/inner.js': 'module.exports = {}',
    'node_modules/other/index.js': 'module.exports = {}',
    'node_modules/kept/index.js': 'module.exports = {}',
  })
  const load = createRequire(id('a.js'))
  const [dropped, kept] = [load('dropped'), load('kept')]
  forgetRequired(['dropped', 'kept'], [id('node_modules/dropped/index.js')])
  expect(load('dropped').inner).not.toBe(dropped.inner)
  expect(load('dropped').other).toBe(dropped.other)
  // It refuses: the reset has not dropped it.
  expect(load('kept')).toBe(kept)
})
