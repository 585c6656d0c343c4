/** What Vitest tells of suites that share state on purpose, for the core to judge: hooks and file-scoped fixtures. */
import { patch, SharingSuites } from 'fresh-modules/internal'
import { test } from 'vitest'
import type { Hook } from './collector.ts'
import { type Extensible, watchFixtures } from './file-fixtures.ts'
import { hooksOf, type SuiteTask } from './suite-hooks.ts'

export class SharedState {
  readonly #suites = new SharingSuites()
  #hasFileFixture = false

  constructor() {
    watchFixtures(
      test as unknown as Extensible,
      () => this.noteFileFixture(),
      (api, wrap) => patch(api, 'extend', wrap, 'test.extend'),
    )
  }

  noteFileFixture(): void {
    this.#hasFileFixture = true
  }

  startFile(): void {
    this.#hasFileFixture = false
    this.#suites.startFile()
  }

  /** From now on hooks at the top level are those of the test file, setup files having had their turn. */
  startCollecting(): void {
    this.#suites.startCollecting()
  }

  /** @param files Whose code has registered the hook, nearest first */
  noteHook(name: string, hook: Hook, files: Iterable<string>): void {
    this.#suites.noteHook(name, hook, files)
  }

  /** Why a suite shares state by itself; undefined where it does not. */
  reason(suite: SuiteTask): string | undefined {
    const hooks = hooksOf(suite)
    return this.#suites.reason({
      name: suite.name,
      isFile: suite.file === suite,
      hooks: (name) => hooks[name],
      hasFileFixture: this.#hasFileFixture,
    })
  }
}
