import { expect, test } from 'vitest'
import { type Expect, equalityTesters, SerializersPart } from './expect-part.ts'

type Serializer = Parameters<NonNullable<Expect['addSnapshotSerializer']>>[0]

class WithPrivateField {
  readonly #text = 'mine'
  test = (value: unknown) => value === 'value'
  serialize() {
    return this.#text
  }
}

function added() {
  const all: Serializer[] = []
  const fake: Expect = { addSnapshotSerializer: (serializer) => all.push(serializer) }
  const part = new SerializersPart([fake])
  part.capture()
  fake.addSnapshotSerializer?.(new WithPrivateField())
  return { part, serializer: all[0] as Serializer }
}

test('equality testers are found where Vitest keeps them', () => {
  const tester = () => undefined
  expect.addEqualityTesters([tester])
  expect(equalityTesters(globalThis)).toContain(tester)
  equalityTesters(globalThis).pop()
})

test('a serializer works until it is undone', () => {
  const { part, serializer } = added()
  expect([serializer.test('value'), serializer.test('other')]).toEqual([true, false])
  expect(serializer.serialize?.('value')).toBe('mine')
  for (const change of part.changes()) change.undo()
  expect(serializer.test('value')).toBe(false)
  expect([...part.changes()]).toEqual([])
})

test('one that is kept stays for good', () => {
  const { part, serializer } = added()
  for (const change of part.changes()) change.keep()
  for (const change of part.changes()) change.undo()
  expect(serializer.test('value')).toBe(true)
})
