import { describe, expect, test } from 'vitest'
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

test('a large file is read in no time, with and without a tag far below', () => {
  const large = `${'const a = "b" // c\n'.repeat(200_000)}// @fresh-modules no-reload`
  const hostile = `${'/* a */ '.repeat(50_000)}'${'\\a'.repeat(50_000)}`
  const start = performance.now()
  expect(parse(large)).toBeUndefined()
  expect(parse(`${hostile}// @fresh-modules no-reload`)).toBeUndefined()
  expect(performance.now() - start).toBeLessThan(500)
})
