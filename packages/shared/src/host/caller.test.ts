import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { writeTree } from '../../test-host/tree.ts'
import { OWN_FILE } from '../own-file.ts'
import { callingFile, callingFilesOf, callSite, fileCalledBy, importerOf, isOwnFile } from './caller.ts'

const THIS_FILE = fileURLToPath(import.meta.url)

/** A CommonJS file elsewhere that calls what it is given. */
function fileElsewhere(name = 'caller.cjs'): { path: string; call: <T>(fn: () => T) => T } {
  const tree = writeTree({ [name]: 'module.exports = (fn) => fn()' })
  const file = tree.at(name)
  return { path: file, call: createRequire(import.meta.url)(file) }
}

describe('the calling file', () => {
  test('is the nearest one above our own frames', () => {
    expect(callingFile()).toBe(THIS_FILE)
  })

  test('is the file that calls, not the ones above it', () => {
    const { path: file, call } = fileElsewhere()
    expect(call(() => [1].map(() => callingFile())[0])).toBe(THIS_FILE)
    expect(call(callingFile.bind(undefined, undefined))).toBe(file)
  })

  test('passes over files that are not to count', () => {
    const { path: file, call } = fileElsewhere()
    const found = call(callingFile.bind(undefined, (other) => other === file))
    expect(found).toBe(THIS_FILE)
  })

  test('is found behind many frames that do not count', () => {
    const { path: file, call } = fileElsewhere()
    const deep = (levels: number): string | undefined =>
      levels === 0 ? callingFile((other) => other === THIS_FILE) : deep(levels - 1)
    // The nearest of this file's frames are more than the few that are looked at first.
    expect(call(() => deep(30))).toBe(file)
  })

  test('leaves the settings of stack traces as they were', () => {
    const before = [Error.prepareStackTrace, Error.stackTraceLimit]
    callingFile()
    fileCalledBy('nobody')
    expect([Error.prepareStackTrace, Error.stackTraceLimit]).toEqual(before)
  })

  test('does not depend on how stack traces are formatted or limited', () => {
    const { prepareStackTrace, stackTraceLimit } = Error
    try {
      Error.prepareStackTrace = () => 'formatted'
      Error.stackTraceLimit = 0
      expect(callingFile()).toBe(THIS_FILE)
    } finally {
      Object.assign(Error, { prepareStackTrace, stackTraceLimit })
    }
  })
})

describe('the call site', () => {
  test('is file, line and column of the nearest frame, for people to read', () => {
    expect(callSite(() => false)).toMatch(new RegExp(`^${THIS_FILE}:\\d+:\\d+$`))
  })

  test('passes over files that are not to count', () => {
    const { path: file, call } = fileElsewhere()
    expect(call(() => callSite((other) => other === THIS_FILE))).toMatch(new RegExp(`^${file}:1:\\d+$`))
    expect(callSite(() => true)).toBeUndefined()
  })

  test('can be that of an error that was made before', () => {
    const place = new Error('made here')
    const [, line] = /:(\d+):\d+$/.exec(callSite(() => false, place) ?? '') ?? []
    expect(Number(line)).toBeLessThan(Number(/:(\d+):\d+$/.exec(callSite(() => false) ?? '')?.[1]))
  })
})

describe('whom a specifier is relative to', () => {
  test('is what from says: a path, or a URL in either form, without its query', () => {
    const elsewhere = path.resolve('/elsewhere/a b.ts')
    for (const from of [
      elsewhere,
      'file:///elsewhere/a%20b.ts',
      new URL('file:///elsewhere/a%20b.ts?t=1#x'),
    ]) {
      expect(importerOf('importFresh', './b', from)).toBe(elsewhere)
    }
  })

  test('is the calling file otherwise', () => {
    expect(importerOf('importFresh', './b', undefined)).toBe(THIS_FILE)
  })

  test('is the file above the function that users call', () => {
    const { path: file, call } = fileElsewhere()
    const helper = () => importerOf('importFresh', './b', undefined, helper)
    expect(call(helper)).toBe(file)
    expect(helper()).toBe(THIS_FILE)
  })

  test('is the working folder for packages where no file calls, and an error for relative names', () => {
    // A stack without files, as in a REPL.
    const spy = vi.spyOn(Error, 'captureStackTrace').mockImplementation((holder) => {
      ;(holder as { stack: unknown }).stack = []
    })
    try {
      expect(importerOf('importFresh', 'pkg', undefined)).toBe(`${process.cwd()}/`)
      expect(importerOf('importFresh', '.hidden', undefined)).toBe(`${process.cwd()}/`)
      for (const relative of ['./b', '../b', '.', '..']) {
        expect(() => importerOf('importFresh', relative, undefined)).toThrow(
          expect.objectContaining({
            code: 'ERR_BAD_OPTION',
            message: expect.stringContaining('Pass { from: import.meta.url }.'),
          }),
        )
      }
    } finally {
      spy.mockRestore()
    }
  })
})

test('the file that a function of some name has called is told while it runs', () => {
  const { path: file, call } = fileElsewhere()
  const boundary = { marker: (fn: () => unknown) => call(fn) }.marker
  expect(boundary(() => fileCalledBy('marker'))).toBe(file)
  expect(fileCalledBy('marker')).toBeUndefined()
})

describe('our own files', () => {
  test('are those of the folder that this code runs from', () => {
    expect(OWN_FILE).toBe(path.resolve(path.dirname(THIS_FILE), '../own-file.ts'))
    expect(isOwnFile(OWN_FILE)).toBe(true)
    expect(isOwnFile(path.join(path.dirname(THIS_FILE), 'node/anything.ts'))).toBe(true)
    expect(isOwnFile(`${import.meta.url.replace('caller.test', 'caller')}?t=1`)).toBe(true)
  })

  test('do not include our tests, which call like any other file', () => {
    expect(isOwnFile(THIS_FILE)).toBe(false)
  })

  test('do not include files of folders around it', () => {
    expect(isOwnFile(path.resolve(path.dirname(THIS_FILE), '../../../test-host/project.ts'))).toBe(false)
    expect(isOwnFile('/elsewhere/a.ts')).toBe(false)
  })
})

describe('the files on the stack of an error', () => {
  const stack = [
    'Error: here',
    '    at beforeAll (/app/node_modules/framework/hooks.js:1:1)',
    '    at node:internal/x:1:1',
    '    at setUp (/app/helper.ts:3:5)',
    '    at /app/helper.ts:9:1',
    '    at file:///app/my%20test.ts:1:1',
    '    at run (/app/node_modules/framework/run.js:1:1)',
    '    at main (/app/main.ts:1:1)',
  ].join('\n')
  const isFramework = (file: string) => file.includes('/framework/')

  test('are those of the code that called the framework, nearest first, up to where it was called', () => {
    const error = Object.assign(new Error('here'), { stack })
    expect([...callingFilesOf(error, isFramework)]).toEqual(['/app/helper.ts', '/app/my test.ts'])
  })

  test('are none where there is no stack', () => {
    expect([...callingFilesOf({ name: 'x', message: 'x' }, isFramework)]).toEqual([])
  })
})
