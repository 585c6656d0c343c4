import vm from 'node:vm'
import { describe, expect, test } from 'vitest'
import type { SpecRule } from '../host/module-spec.ts'
import {
  deserializeRules,
  isRegExp,
  patternsOf,
  type SerializedRule,
  serializeRules,
  validateRules,
} from './rule-shape.ts'

/** What a config file of another realm hands over, as in Jest's sandbox. */
const ELSEWHERE = vm.runInNewContext('[{ match: [/db\\.ts$/, "react"], allowReload: false }]') as [SpecRule]

test('an expression is told by what it is, not by the realm it is of', () => {
  expect(isRegExp(/x/)).toBe(true)
  expect(isRegExp(patternsOf(ELSEWHERE[0])[0])).toBe(true)
  for (const other of ['/x/', { source: 'x', flags: '' }, Object.create(RegExp.prototype), null, undefined]) {
    expect(isRegExp(other)).toBe(false)
  }
})

test("a rule's patterns are a list, whether it has one or several", () => {
  const expression = /x/
  expect(patternsOf({ match: 'a' })).toEqual(['a'])
  expect(patternsOf({ match: expression })).toEqual([expression])
  expect(patternsOf({ match: ['a', expression] })).toEqual(['a', expression])
})

describe('validateRules', () => {
  test('passes what is right, and keys that are undefined', () => {
    expect(
      validateRules([
        {
          match: 'react',
          allowReimport: false,
          reason: 'r',
          onDuplicate: 'warn',
          reset: true,
          across: 'places',
        },
        { match: [/x/, 'y', '+(a|b)', '!(a)'], reason: undefined },
      ]),
    ).toEqual([])
  })

  test.each([
    ['react', 'specs must be a list of rules, not "react"'],
    [[null], 'specs[0] must be an object with a match, not null'],
    [[/x/], 'specs[0] must be an object with a match, not /x/'],
    [[{}], 'specs[0].match is missing: say which modules the rule is about'],
    [[{ match: '' }], 'specs[0].match is empty and matches nothing'],
    [[{ match: [] }], 'specs[0].match is an empty list and matches nothing'],
    [[{ match: ['a', 1] }], 'specs[0].match[1] must be a string or a RegExp, not 1'],
    [
      [{ match: {} }],
      'specs[0].match must be a string or a RegExp, not {} (is it a RegExp that was turned into JSON? ' +
        "In Jest's config, write { source: 'db', flags: 'i' } for /db/i)",
    ],
    [[{ match: '!src/**' }], 'specs[0].match is negated ("!src/**"); name the modules that are meant'],
    [
      [{ match: 'a', allowReimports: true }],
      'specs[0] has the unknown key "allowReimports"; did you mean "allowReimport"?',
    ],
    [
      [{ match: 'a', constructor: 1 }],
      'specs[0] has the unknown key "constructor"; known: match, allowReload',
    ],
    [[{ match: 'a', allowReload: 'no' }], 'specs[0].allowReload must be true or false, not "no"'],
    [[{ match: 'a', reason: 1 }], 'specs[0].reason must be a string, not 1'],
    [
      [{ match: 'a', onDuplicate: 'of' }],
      'specs[0].onDuplicate must be "throw" or "warn" or "off", not "of"',
    ],
    [[{ match: 'a', across: true }], 'specs[0].across must be "file" or "places" or "versions", not true'],
  ])('%j: %s', (specs, problem) => {
    expect(validateRules(specs)).toEqual([expect.stringContaining(problem)])
  })

  test('names every problem, and survives sparse lists and circles', () => {
    const circle: Record<string, unknown> = {}
    circle['reason'] = circle
    // biome-ignore lint/suspicious/noSparseArray: what a stray comma in a config makes
    expect(validateRules([, circle])).toHaveLength(3)
  })
})

describe('a rule of another realm', () => {
  test('is as good as one of this realm', () => {
    expect(validateRules(ELSEWHERE)).toEqual([])
    expect(serializeRules(ELSEWHERE)).toEqual([
      { match: [{ source: 'db\\.ts$', flags: '' }, 'react'], allowReload: false },
    ])
  })

  test('has its expressions remade in this one', () => {
    const [rule] = deserializeRules(serializeRules(ELSEWHERE)) as [SpecRule]
    expect(patternsOf(rule)[0]).toBeInstanceOf(RegExp)
  })
})

test('rules survive a journey as JSON, more than once', () => {
  const rules: SpecRule[] = [
    { match: /a\/b/gi, allowReload: false },
    { match: ['x', /y/u], reason: 'r', across: 'versions', reset: true, onDuplicate: 'warn' },
  ]
  const sent = JSON.parse(JSON.stringify(serializeRules(serializeRules(rules)))) as SerializedRule[]
  expect(deserializeRules(sent)).toEqual(rules)
  expect(deserializeRules(deserializeRules(sent))).toEqual(rules)
})

test('what is handed in is left as it is', () => {
  const rule = Object.freeze({ match: Object.freeze([/x/g, 'y']), reason: 'r' })
  const [sent] = serializeRules([rule])
  expect(sent).toEqual({ match: [{ source: 'x', flags: 'g' }, 'y'], reason: 'r' })
  expect(deserializeRules([sent as SerializedRule])[0]).not.toBe(sent)
  expect(rule.match[0]).toBeInstanceOf(RegExp)
})
