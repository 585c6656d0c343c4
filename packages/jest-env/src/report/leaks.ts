/** What a test file leaves in the globals of its realm, whether that goes with the file or stays for others. */
import { createGlobals, type Found } from '@fresh-modules/restore-globals'

/** Setup files are not reported: what they do, they do for each file. */
export interface Leaks {
  /** Setup files have had their turn. */
  begin(): void
  /** What has changed since then. */
  found(): readonly Found[]
  /** A package is being evaluated, and what it does stays with it. Returns what to call at its end. */
  beginPackage(): () => void
  /** The file has ended. */
  end(): void
}

/** Of jsdom's environment, `dom` is what has made the window. */
interface OwnRealm {
  readonly global: object
  readonly dom?: unknown
}

/** A realm that goes with the file: the snapshot is taken for the report. */
export function leaksOfOwnRealm({ global, dom }: OwnRealm): Leaks {
  const globals = createGlobals(
    { global, ...(dom ? { jsdom: dom as never } : {}) },
    { isOwnGlobal, loadsNothing: true },
  )
  let hasBegun = false
  return {
    begin() {
      hasBegun = true
      globals.capture()
    },
    found: () => (hasBegun ? globals.look() : []),
    beginPackage: () => (hasBegun ? globals.beginKept() : () => {}),
    end: () => globals.release(),
  }
}

/** A realm that files share: it looks after what packages do by itself. */
export function leaksOfSharedRealm(realm: { look(): readonly Found[] }): Leaks {
  let before: ReadonlySet<string> | undefined
  return {
    begin() {
      before = new Set(realm.look().map(({ what }) => what))
    },
    found: () => (before ? realm.look().filter(({ what }) => !before?.has(what)) : []),
    beginPackage: () => () => {},
    end() {},
  }
}

/** What Jest puts on the global of a test file, some of it while tests run. */
function isOwnGlobal(key: PropertyKey): boolean {
  return typeof key === 'symbol'
    ? /jest|^fresh-modules|TEST_TIMEOUT|RETRY|^WAIT_BEFORE|^LOG_ERRORS/i.test(key.description ?? '')
    : /^__(?:coverage|jest)/.test(String(key))
}
