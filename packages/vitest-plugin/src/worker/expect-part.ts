/** What a test file adds to `expect` for good: equality testers, and serializers of snapshots. */
import type { Change, GlobalsPart } from '@fresh-modules/restore-globals'
import { patch } from 'fresh-modules/internal'

/** A serializer as pretty-format takes it, of the newer form or of the older one. */
interface Serializer {
  test(value: unknown): boolean
  serialize?(...args: unknown[]): string
  print?(...args: unknown[]): string
}

/** `expect`, or chai's, from which Vitest makes the `expect` of each test. */
export interface Expect {
  addSnapshotSerializer?: (serializer: Serializer) => void
}

/** Where Vitest keeps equality testers, as Jest does: 4.1 to 5.1. */
const MATCHERS = Symbol.for('$$jest-matchers-object')

export function equalityTesters(realm: object): unknown[] {
  const matchers = (realm as { [MATCHERS]?: { customEqualityTesters?: unknown[] } })[MATCHERS]
  return matchers?.customEqualityTesters ?? []
}

/** Vitest has no way to take a serializer back: those of a file that has ended answer that no value is theirs. */
export class SerializersPart implements GlobalsPart {
  readonly #expects: readonly Expect[]
  /** Those that the file which runs has added. */
  readonly #added = new Set<{ readonly number: number; isOn: boolean }>()
  #count = 0

  constructor(expects: readonly Expect[]) {
    this.#expects = expects
  }

  capture(): void {
    for (const expect of this.#expects) {
      if (!expect.addSnapshotSerializer) continue
      const wrap = (add: Required<Expect>['addSnapshotSerializer']) => (serializer: Serializer) =>
        add.call(expect, this.#watched(serializer))
      patch(expect as Required<Expect>, 'addSnapshotSerializer', wrap, 'expect.addSnapshotSerializer')
    }
  }

  *changes(): Iterable<Change> {
    for (const added of [...this.#added]) {
      yield {
        what: `serializer of snapshots ${added.number}`,
        kind: 'framework',
        now: added,
        undo: () => {
          added.isOn = false
          this.#added.delete(added)
        },
        keep: () => void this.#added.delete(added),
      }
    }
  }

  // Not by inheritance: a serializer may have private fields.
  #watched(serializer: Serializer): Serializer {
    const added = { number: ++this.#count, isOn: true }
    this.#added.add(added)
    return {
      test: (value) => added.isOn && serializer.test(value),
      ...(serializer.serialize && { serialize: (...args) => serializer.serialize?.(...args) ?? '' }),
      ...(serializer.print && { print: (...args) => serializer.print?.(...args) ?? '' }),
    }
  }
}
