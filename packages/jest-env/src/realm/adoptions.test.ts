import { beforeEach, describe, expect, test } from 'vitest'
import { createModule, type SharingInternals } from '../jest/runtime-internals/detect.ts'
import { Adoptions } from './adoptions.ts'
import { KeptPackages } from './kept-packages.ts'

let packages: KeptPackages
let mocked: string[]
let virtual: string[]
let isIsolated: boolean
let isAutomocking: boolean

beforeEach(() => {
  packages = new KeptPackages()
  copies.clear()
  mocked = []
  virtual = []
  isIsolated = false
  isAutomocking = false
})

const sharing = {
  mockKey: (_: string, specifier: string) => {
    if (specifier === 'missing') throw new Error('not found')
    return `key of ${specifier}`
  },
  mockedKeys: () => [...mocked, ...virtual].map((specifier) => `key of ${specifier}`),
  hasVirtualMocks: () => virtual.length > 0,
  isIsolated: () => isIsolated,
  isAutomocking: () => isAutomocking,
  internals: { isMockedCjs: (_: string, specifier: string) => [...mocked, ...virtual].includes(specifier) },
} as unknown as SharingInternals

/** File -> the copy that there is. */
const copies = new Map<string, ReturnType<typeof createModule>>()

function copyOf(file: string) {
  const copy = copies.get(file) ?? createModule(file)
  copies.set(file, copy)
  return copy
}

/** Requests whose names begin with `~` are made late. */
function keep(file: string, ...specifiers: string[]): void {
  const requests = specifiers.map((said) => {
    const specifier = said.replace('~', '')
    const isStatic = said === specifier
    const target = specifier === 'missing' ? undefined : specifier
    return [specifier, { isStatic, target, copy: isStatic ? copyOf(specifier) : undefined }] as const
  })
  const module = copyOf(file)
  packages.keep(
    { file, module, facts: { kind: 'source' }, requests: new Map(requests), registrations: [] },
    [],
  )
}

const begin = () => new Adoptions(packages, sharing)
const adopted = (adoptions: Adoptions, file: string) => adoptions.of(file)?.map((copy) => copy.file)

test('a copy brings what it has required while it was evaluated, which comes first', () => {
  keep('c')
  keep('b', 'c')
  keep('a', 'b', '~late')
  keep('late')
  expect(adopted(begin(), 'a')).toEqual(['c', 'b', 'a'])
  expect(adopted(begin(), 'unknown')).toBeUndefined()
})

test('cycles are taken over as a whole, and spoiled as a whole', () => {
  keep('b', 'a')
  keep('a', 'b')
  expect(adopted(begin(), 'a')).toEqual(['b', 'a'])
  keep('b', 'a', 'mocked')
  keep('mocked')
  mocked = ['mocked']
  expect(adopted(begin(), 'a')).toBeUndefined()
})

describe('is evaluated instead', () => {
  beforeEach(() => {
    keep('c', 'missing')
    keep('b', 'c')
    keep('a', 'b')
    keep('other')
  })

  test('whoever stands above what is mocked, for as long as it is', () => {
    mocked = ['c']
    const adoptions = begin()
    expect([adopted(adoptions, 'a'), adopted(adoptions, 'b')]).toEqual([undefined, undefined])
    // For `requireActual`.
    expect(adopted(adoptions, 'c')).toEqual(['c'])
    expect(adopted(adoptions, 'other')).toEqual(['other'])
    mocked = []
    expect(adopted(adoptions, 'a')).toEqual(['c', 'b', 'a'])
  })

  test('what could not be found, and is mocked virtually now', () => {
    virtual = ['missing']
    expect(adopted(begin(), 'a')).toBeUndefined()
    virtual = ['something else']
    expect(adopted(begin(), 'a')).toEqual(['c', 'b', 'a'])
  })

  test('what may hold what it has asked for late', () => {
    keep('d', '~late')
    keep('late')
    expect(adopted(begin(), 'd')).toEqual(['d'])
    mocked = ['late']
    expect(adopted(begin(), 'd')).toBeUndefined()
  })

  test('what stands above a copy that this file has evaluated', () => {
    const adoptions = begin()
    expect(adoptions.noteEvaluated('c')).toBe(true)
    expect([adopted(adoptions, 'a'), adopted(adoptions, 'b')]).toEqual([undefined, undefined])
    expect(adoptions.noteEvaluated('new')).toBe(false)
  })

  test('what stands above a copy that is not kept any more', () => {
    packages.forget('c')
    expect(adopted(begin(), 'a')).toBeUndefined()
  })

  test('what holds another copy than the one that is kept now', () => {
    copies.delete('c')
    keep('c')
    expect([adopted(begin(), 'a'), adopted(begin(), 'b')]).toEqual([undefined, undefined])
    expect(adopted(begin(), 'c')).toEqual(['c'])
    expect([packages.hasWhole('b'), packages.hasWhole('c')]).toEqual([false, true])
    // Evaluated again, it takes the place of the one that is of no use.
    expect(begin().noteEvaluated('b')).toBe(false)
  })

  test('a module that this file has loaded before', () => {
    const adoptions = begin()
    adoptions.noteAdopted('a')
    expect(adopted(adoptions, 'a')).toBeUndefined()
    expect([...adoptions.loaded]).toEqual(['a'])
  })

  test.each(['isolateModules', 'automock', 'resetModules'])('everything, under %s', (reason) => {
    const adoptions = begin()
    expect(adoptions.mayKeep()).toBe(true)
    isIsolated = reason === 'isolateModules'
    isAutomocking = reason === 'automock'
    adoptions.isOver = reason === 'resetModules'
    expect(adopted(adoptions, 'a')).toBeUndefined()
    expect(adoptions.mayKeep()).toBe(false)
  })
})

test('what a kept copy asks for late counts from then on', () => {
  keep('late')
  keep('a')
  const copy = packages.get('a')
  if (copy) packages.noteLate(copy, 'late', { isStatic: false, target: 'late', copy: undefined })
  expect(adopted(begin(), 'a')).toEqual(['a'])
  mocked = ['late']
  expect(adopted(begin(), 'a')).toBeUndefined()
})

test('exports that cannot be put back cost the copy', () => {
  const exports: { n: number } = { n: 1 }
  const module = { ...createModule('a'), exports }
  packages.keep({ file: 'a', module, facts: { kind: 'source' }, requests: new Map(), registrations: [] }, [])
  packages.putBackExports(['a', 'unknown'])
  expect(packages.get('a')).toBeDefined()
  exports.n = 2
  Object.freeze(exports)
  packages.putBackExports(['a'])
  expect(packages.get('a')).toBeUndefined()
})
