/**
 * Suites that share state on purpose: what a `beforeAll` of the test file has prepared must live through all tests of
 * the suite, and what its `afterAll` puts away must be what they have used. Hooks of setup files and of packages say
 * nothing of that.
 */
import { isInstalled } from '../host/module-id.ts'

/** Hooks that prepare something for a whole suite, or put it away; Jest has no `aroundAll`. */
const SHARING_HOOKS = ['beforeAll', 'aroundAll', 'afterAll'] as const

/** A suite, as the framework tells of it. */
export interface SuiteFacts {
  readonly name: string
  /** The suite is the whole test file, whose hooks may be those of setup files and packages. */
  readonly isFile: boolean
  /** The suite's hooks of one name, in the framework's own form. */
  hooks(name: string): Iterable<object> | undefined
  /** The test file has its own fixture that lives as long as the file. */
  readonly hasFileFixture?: boolean
}

export class SharingSuites {
  /** Hooks at the top of the test file that the file itself, or a first-party module that it calls, has registered. */
  readonly #own = new WeakSet<object>()
  /** Whether the test file is being collected: before that, hooks are those of setup files. */
  #isCollecting = false

  startFile(): void {
    this.#isCollecting = false
  }

  startCollecting(): void {
    this.#isCollecting = true
  }

  /** Whether `noteHook` will have to be called for this hook: finding out who registers one costs time. */
  isOfInterest(name: string): boolean {
    return this.#isCollecting && (SHARING_HOOKS as readonly string[]).includes(name)
  }

  /**
   * A hook was registered at the top of the file.
   *
   * @param files Whose code did it, nearest first, without the framework's: as `callingFiles` gives them
   */
  noteHook(name: string, hook: object, files: Iterable<string>): void {
    if (this.isOfInterest(name) && !isHookOfPackage(files)) this.#own.add(hook)
  }

  /** Why a suite shares state by itself; undefined where it does not. */
  reason({ name, isFile, hooks, hasFileFixture }: SuiteFacts): string | undefined {
    const suite = isFile ? 'the test file' : `the suite "${name}"`
    for (const hookName of SHARING_HOOKS) {
      for (const hook of hooks(hookName) ?? []) {
        if (!isFile || this.#own.has(hook)) return `${suite} has ${article(hookName)} ${hookName} hook`
      }
    }
    return isFile && hasFileFixture ? 'the test file has a file-scoped fixture' : undefined
  }
}

function article(name: string): string {
  return /^[aeiou]/.test(name) ? 'an' : 'a'
}

/**
 * Whether a hook is a package's rather than the project's: that of the nearest file that is not the framework's.
 *
 * @param files Whose code has registered it, nearest first, without the framework's
 */
export function isHookOfPackage(files: Iterable<string>): boolean {
  const [nearest] = files
  return nearest !== undefined && isInstalled(nearest)
}
