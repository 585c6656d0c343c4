import { rmdirSync } from 'node:fs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { tempFolder } from '../fixtures/temp-folder.ts'
import { isPassing } from './trouble.ts'

const withCode = (code: unknown) => Object.assign(new Error('x'), { code })

function on(platform: NodeJS.Platform): void {
  vi.spyOn(process, 'platform', 'get').mockReturnValue(platform)
}

describe('trouble that passes', () => {
  afterEach(() => vi.restoreAllMocks())

  test.each(['EMFILE', 'ENFILE', 'EAGAIN', 'EINTR', 'EBUSY', 'ENOENT'])('is %s, on every system', (code) => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      on(platform)
      expect(isPassing(withCode(code))).toBe(true)
    }
  })

  test.each(['EPERM', 'EACCES', 'ENOTEMPTY'])('is %s on Windows, and there alone', (code) => {
    on('win32')
    expect(isPassing(withCode(code))).toBe(true)
    on('linux')
    expect(isPassing(withCode(code))).toBe(false)
  })

  test('is a folder that somebody else has just removed', () => {
    const gone = `${tempFolder()}/gone`
    expect(isPassing(thrownBy(() => rmdirSync(gone)))).toBe(true)
  })
})

describe('trouble that stays', () => {
  test.each(['ENOTDIR', 'EROFS', 'ENOSPC', 'ENAMETOOLONG', '', 'emfile', 24, undefined])('is %j', (code) => {
    expect(isPassing(withCode(code))).toBe(false)
  })

  test.each([[new TypeError('x')], ['EMFILE'], [{}], [7]])(
    'is what is no error of the system: %j',
    (error) => {
      expect(isPassing(error)).toBe(false)
    },
  )
})

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('it threw nothing')
}
