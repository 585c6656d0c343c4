/** What jest-circus says of tests, as the core wants to be told of it. */

interface CircusTest {
  readonly errors: unknown[]
}

/** The events that matter here; all others are passed over. */
type CircusEvent =
  | { readonly name: 'test_start' | 'test_done'; readonly test: CircusTest }
  | { readonly name: 'teardown' }
  | { readonly name: string }

interface Listener {
  started(test: object): void
  ended(test: object): Promise<void>
  fileEnded(): Promise<void>
}

export class TestEvents {
  readonly #listener: Listener
  #hasEnded = false

  constructor(listener: Listener) {
    this.#listener = listener
  }

  async handle(event: CircusEvent): Promise<void> {
    switch (event.name) {
      case 'test_start':
        this.#listener.started((event as { test: CircusTest }).test)
        break
      case 'test_done':
        await this.#ended((event as { test: CircusTest }).test)
        break
      case 'teardown':
        await this.fileEnded()
        break
    }
  }

  /** What was to be undone belongs to the test: an error in it fails the test. */
  async #ended(test: CircusTest): Promise<void> {
    try {
      await this.#listener.ended(test)
    } catch (error) {
      test.errors.push(error)
    }
  }

  async fileEnded(): Promise<void> {
    if (this.#hasEnded) return
    this.#hasEnded = true
    await this.#listener.fileEnded()
  }
}
