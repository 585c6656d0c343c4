import { describe, expect, test } from 'vitest'
import {
  BadOptionError,
  DuplicateModuleError,
  describeRefusal,
  ERROR_CODES,
  FreshModulesError,
  NoHostError,
  NotFreshError,
  notFoundError,
  ParallelWorkerError,
  RedBaselineError,
  type Refusal,
  RefusedError,
  StaleModuleError,
  UnsupportedHostError,
} from './errors.ts'
import type { ModuleId } from './module-id.ts'

const refusal: Refusal = {
  id: '/app/db.ts' as ModuleId,
  flag: 'allowReimport',
  provenance: { source: 'package.json', where: 'app', reason: 'owns the pool' },
  importedBy: ['/app/a.ts', '/app/a.test.ts'] as ModuleId[],
}

const ONE_OF_EACH = [
  new RefusedError('allowReimport', [refusal]),
  new RefusedError('allowReload', [refusal]),
  new RefusedError('allowUnload', [refusal]),
  new DuplicateModuleError('Failed to evaluate a second copy of "x": y. Z.'),
  new ParallelWorkerError('/app/db.ts' as ModuleId, 'worker 2 holds it'),
  new NotFreshError('react', 'it is external', 'Inline it.'),
  new StaleModuleError('a namespace', 'it is an old one'),
  new NoHostError('this is Vitest', 'Add the plugin.'),
  new UnsupportedHostError('Vitest 3', 'it is too old', 'Update.'),
  new RedBaselineError('no test was found'),
  new BadOptionError('importFresh', 'the target is null', 'Pass a specifier.'),
]

test('every code has its error', () => {
  expect(ONE_OF_EACH.map(({ code }) => code)).toEqual(ERROR_CODES)
})

test.each(ONE_OF_EACH.map((error) => [error.code, error] as const))(
  '%s: the message says what failed, why, and what to do',
  (_, error) => {
    expect(error.message).toMatch(/^Failed to .+: .+\. \S.*\.$/s)
    expect(error.message).not.toMatch(/undefined|\.\.|\s{2}/)
    expect(error.name).toBe(error.constructor.name)
  },
)

describe('the family', () => {
  test.each(ONE_OF_EACH.map((error) => [error.code, error] as const))(
    '%s is a FreshModulesError',
    (_, error) => {
      expect(error).toBeInstanceOf(FreshModulesError)
      expect(error).toBeInstanceOf(Error)
    },
  )

  test('a bad option is a TypeError as well', () => {
    expect(new BadOptionError('a', 'b', 'c')).toBeInstanceOf(TypeError)
  })

  test('other type errors are none of the family', () => {
    expect(new TypeError('x')).not.toBeInstanceOf(FreshModulesError)
    expect(Object.create(null)).not.toBeInstanceOf(FreshModulesError)
    for (const nothing of [undefined, null, 'x']) expect(nothing).not.toBeInstanceOf(FreshModulesError)
  })

  test('a bad option is of no other class of the family', () => {
    expect(new BadOptionError('a', 'b', 'c')).not.toBeInstanceOf(RefusedError)
    expect(new NotFreshError('a', 'b', 'c')).not.toBeInstanceOf(RefusedError)
  })
})

describe('a refusal', () => {
  test('names the module, the flag, its source, the place, the reason and the importers', () => {
    expect(describeRefusal(refusal)).toBe(
      '"/app/db.ts" has allowReimport: false, set by package.json (app): "owns the pool", ' +
        'imported by "/app/a.ts" <- "/app/a.test.ts"',
    )
  })

  test('leaves out what is not known', () => {
    expect(describeRefusal({ id: refusal.id, flag: 'allowUnload', provenance: { source: 'runtime' } })).toBe(
      '"/app/db.ts" has allowUnload: false, set by runtime',
    )
    expect(describeRefusal({ ...refusal, importedBy: [] })).not.toContain('imported by')
  })

  test('of several modules lists every one of them', () => {
    const other = { ...refusal, id: '/app/bus.ts' as ModuleId }
    const error = new RefusedError('allowUnload', [refusal, other])
    expect(error.message).toContain('Failed to unload "/app/db.ts", "/app/bus.ts": ')
    expect(error.refusals).toEqual([refusal, other])
  })

  test('says in one sentence more what was special about the request', () => {
    const { message } = new RefusedError('allowReimport', [refusal], {
      detail: 'Its first import cannot be special.',
    })
    expect(message).toMatch(/<- "\/app\/a.test.ts"\. Its first import cannot be special\. Import it as usual/)
  })
})

describe('a module that cannot be found', () => {
  test('fails an import as in Node', () => {
    const error = notFoundError('import', 'pkg/sub', '/app/a.ts')
    expect(error).toMatchObject({
      code: 'ERR_MODULE_NOT_FOUND',
      message: "Cannot find package 'pkg/sub' imported from /app/a.ts",
    })
    expect(notFoundError('import', './b', '/app/a.ts').message).toMatch(/^Cannot find module '.\/b'/)
    expect(notFoundError('import', '/b', '/app/a.ts').message).toMatch(/^Cannot find module/)
  })

  test('fails a require as in Node', () => {
    expect(notFoundError('require', 'pkg', '/app/a.cjs')).toMatchObject({
      code: 'MODULE_NOT_FOUND',
      message: "Cannot find module 'pkg'\nRequire stack:\n- /app/a.cjs",
      requireStack: ['/app/a.cjs'],
    })
  })

  test("is no error of fresh-modules: user code compares it with the host's", () => {
    expect(notFoundError('import', 'pkg', '/a')).not.toBeInstanceOf(FreshModulesError)
  })
})
