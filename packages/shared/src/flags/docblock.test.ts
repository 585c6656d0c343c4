import { describe, expect, test, vi } from 'vitest'
import { DocblockProblem, parseDocblock } from './docblock.ts'

const parse = (source: string) => parseDocblock(source, '/app/db.ts')

describe('the words', () => {
  test('each word refuses its flag', () => {
    expect(parse('/** @fresh-modules no-reload, no-reimport no-unload,single-worker */')).toEqual({
      flags: { allowReload: false, allowReimport: false, allowUnload: false, allowParallelWorkers: false },
      where: '/app/db.ts',
    })
  })

  test('what follows a colon is the reason, up to the end of the line or comment', () => {
    expect(parse('/** @fresh-modules no-reimport, single-worker: owns port 5432 */ code()')).toEqual({
      flags: { allowReimport: false, allowParallelWorkers: false },
      reason: 'owns port 5432',
      where: '/app/db.ts',
    })
    expect(
      parse('/**\n * @fresh-modules no-reload : see http://x.dev/a: b\n * More prose.\n */')?.reason,
    ).toBe('see http://x.dev/a: b')
  })

  test('an unknown word is an error that lists the known ones', () => {
    const problem = (() => {
      try {
        return parse('// @fresh-modules no-reimprot')
      } catch (error) {
        return error
      }
    })() as DocblockProblem
    expect(problem).toBeInstanceOf(DocblockProblem)
    expect(problem).toMatchObject({ name: 'DocblockProblem', where: '/app/db.ts', word: 'no-reimprot' })
    expect(problem.message).toContain('/app/db.ts')
    expect(problem.message).toContain('did you mean "no-reimport"?')
    expect(problem.message).toContain('no-reload, no-reimport, no-unload, single-worker')
  })

  test('names of built-in properties are unknown words as well', () => {
    expect(() => parse('// @fresh-modules constructor')).toThrow('unknown word "constructor"')
  })

  test('a tag that names no flag is an error', () => {
    expect(() => parse('/** @fresh-modules */')).toThrow('names no flag')
    expect(() => parse('/** @fresh-modules: owns the port */')).toThrow('names no flag')
  })

  test('several tags are merged', () => {
    expect(
      parse(
        '// @fresh-modules no-reload: a\n/* @fresh-modules no-unload: b */\n// @fresh-modules no-reload: a',
      ),
    ).toEqual({
      flags: { allowReload: false, allowUnload: false },
      reason: 'a; b',
      where: '/app/db.ts',
    })
  })
})

describe('where it may stand', () => {
  test.each([
    ['on the first line', ''],
    ['after a hashbang', '#!/usr/bin/env node\n'],
    ['after a byte order mark', '\uFEFF'],
    ['after a byte order mark and a hashbang', '\uFEFF#!/usr/bin/env node\n'],
    ['after directives', '\'use strict\'\n"use client";'],
    ['after a directive with a comment behind it', "'use strict' // sloppy no more\n"],
    ['after a licence', '/*!\n * Copyright me\n * MIT\n */\n\n'],
    ['after line comments', '// @ts-check\r\n// eslint-disable-next-line\r\n'],
    ['after a comment that quotes code', '/* import x from "y" */\n'],
  ])('%s', (_, before) => {
    for (const comment of [
      '/** @fresh-modules no-reload */',
      '/* @fresh-modules no-reload */',
      '/*! @fresh-modules no-reload */',
      '//@fresh-modules no-reload',
      '// @fresh-modules no-reload',
      '/**\r\n * Owns a port.\r\n *\r\n * @fresh-modules no-reload\r\n * @internal\r\n */',
    ]) {
      expect(parse(`${before}${comment}\nexport {}`)?.flags).toEqual({ allowReload: false })
    }
  })

  test.each([
    ['in a comment after the first statement', 'import "x"\n/** @fresh-modules no-reload */'],
    ['in a comment within the first statement', 'import /* @fresh-modules no-reload */ "x"'],
    ['in a string', 'const s = "/** @fresh-modules no-reload */"'],
    ['in a directive', '"/** @fresh-modules no-reload */"\ncode()'],
    ['in a template', '`\n/** @fresh-modules no-reload */\n`'],
    ['behind a string that is code', '"a" + b /** @fresh-modules no-reload */'],
    ['behind a string that is called on the next line', '"a"\n.trim()\n// @fresh-modules no-reload'],
    ['in an unterminated comment', '/** @fresh-modules no-reload'],
    ['in the prose of a comment', '/** As @fresh-modules no-reload would do. */'],
    ['as the name of an adapter', '/** @jest-environment @fresh-modules/jest-env */'],
    ['as the name of an adapter at the start of a line', '/**\n * @fresh-modules/jest-env is used here\n */'],
    ['as the start of another tag', '// @fresh-modulesque no-reload'],
  ])('it is no docblock %s', (_, source) => {
    expect(parse(source)).toBeUndefined()
  })

  test('unknown words in code are no error', () => {
    expect(parse('code()\n// @fresh-modules bogus')).toBeUndefined()
  })
})

describe('what is looked at of a large file', () => {
  /** What the expressions are asked in all, and how many characters they take. */
  function workOf(source: string): { asked: number; taken: number } {
    let [asked, taken] = [0, 0]
    const { exec } = RegExp.prototype
    const spy = vi.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, text) {
      const found = exec.call(this, text)
      asked++
      taken += found?.[0].length ?? 0
      return found
    })
    try {
      parse(source)
    } finally {
      spy.mockRestore()
    }
    return { asked, taken }
  }
  const tag = '// @fresh-modules no-reload'

  test('is nothing below its first statement, however far down there is a tag', () => {
    const lines = (count: number) => `${'const a = "b" // c\n'.repeat(count)}${tag}`
    expect(parse(lines(1000))).toBeUndefined()
    expect(workOf(lines(200_000))).toEqual(workOf(lines(1)))
    expect(workOf(lines(1)).taken).toBe(0)
  })

  test('is each comment once, and no character twice', () => {
    const hostile = (count: number) => `${'/* a */ '.repeat(count)}'${'\\a'.repeat(count)}`
    expect(parse(`${hostile(50_000)}${tag}`)).toBeUndefined()
    const [one, two] = [1000, 2000].map((count) => workOf(`${hostile(count)}${tag}`))
    const none = workOf(`${hostile(0)}${tag}`)
    expect((two?.asked ?? 0) - none.asked).toBe(2 * ((one?.asked ?? 0) - none.asked))
    expect(two?.taken).toBe(2000 * '/* a */ '.length)
  })
})
