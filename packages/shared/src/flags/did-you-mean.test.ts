import { describe, expect, test } from 'vitest'
import { didYouMean } from './did-you-mean.ts'

const KNOWN = [
  'match',
  'allowReload',
  'allowReimport',
  'allowUnload',
  'allowParallelWorkers',
  'reason',
  'reset',
]

describe('a mistyped word', () => {
  test.each([
    ['allowReimports', 'allowReimport'],
    ['allowReimprt', 'allowReimport'],
    ['alowReload', 'allowReload'],
    ['allowUnlaod', 'allowUnload'],
    ['ALLOWUNLOAD', 'allowUnload'],
    ['allowParalelWorker', 'allowParallelWorkers'],
    ['mach', 'match'],
    ['reasons', 'reason'],
  ])('%s: %s', (word, meant) => {
    expect(didYouMean(word, KNOWN)).toBe(`; did you mean "${meant}"?`)
  })

  test('is told the nearest of several that are near, as it is written', () => {
    expect(didYouMean('frehs', ['from', 'Fresh', 'freight'])).toBe('; did you mean "Fresh"?')
  })

  test('is told the first of several that are equally near', () => {
    expect(didYouMean('rese', ['reset', 'resea'])).toBe('; did you mean "reset"?')
    expect(didYouMean('rese', ['resea', 'reset'])).toBe('; did you mean "resea"?')
  })
})

describe('nothing is proposed', () => {
  test.each(['', 'x', 'constructor', 'singleton', 'allow', '🙂🙂🙂🙂'])('for %j', (word) => {
    expect(didYouMean(word, KNOWN)).toBe('')
  })

  test('where nothing is known', () => {
    expect(didYouMean('reset', [])).toBe('')
  })
})

describe('how far is near', () => {
  test.each([
    ['two mistakes in a short word', 'abcd', 'abxy', true],
    ['three in a short one', 'abcd', 'axyz', false],
    ['a third of a long one', 'abcdefghijkl', 'abcdefghwxyz', true],
    ['more than a third of it', 'abcdefghijkl', 'abcdefgvwxyz', false],
  ])('%s', (_, known, word, isNear) => {
    expect(didYouMean(word, [known]) !== '').toBe(isNear)
  })

  test('letters that are missing, added or swapped for others count the same', () => {
    for (const word of ['reas', 'reasonxy', 'reaxyn']) {
      expect(didYouMean(word, ['reason'])).toContain('reason')
    }
    for (const word of ['rea', 'reasonxyz', 'rxyzon']) expect(didYouMean(word, ['reason'])).toBe('')
  })
})
