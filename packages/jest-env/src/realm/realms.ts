/** The realms of this worker: which one a file finds, and when each ends. */
import type { EnvironmentConfig } from '../environment-types.ts'
import type { Realm } from './realm.ts'

/** More realms than this in one worker, and the one that was used longest ago ends. A project has one, or one for each kind of environment. */
const MOST_REALMS = 4

/** How long realms wait for another file, in milliseconds. */
const PATIENCE = 600

// Ends realms that wait. It keeps no process from ending by itself; what packages have started in a window does.
let ending: NodeJS.Timeout | undefined

// Key -> a realm that waits for its next file, or that a file uses; the one that was used last comes last.
const realms = new Map<string, Realm>()
// Environment -> its realm.
const realmOf = new WeakMap<object, Realm>()
// Environments that end without ending their realm.
const leaving = new WeakSet<object>()
// Environments of a run in watch mode.
const watching = new WeakSet<object>()

/** The realm that waits for a file with this key; undefined if there is none that can be used. */
export function waitingRealm(key: string, config: EnvironmentConfig): Realm | undefined {
  clearTimeout(ending)
  const realm = realms.get(key)
  if (!realm) return undefined
  // A file that was not torn down has left it in any state.
  if (!realm.isInUse && (!isWatching(config) || realm.areFilesUnchanged())) return realm
  drop(realm)
  return undefined
}

/** The environment is the realm's, for the file that begins. */
export function noteEnvironment(environment: object, realm: Realm): void {
  realmOf.set(environment, realm)
}

export function realmOfEnvironment(environment: object): Realm | undefined {
  return realmOf.get(environment)
}

/** Other files are to find the realm by the key. */
export function keepRealm(key: string, realm: Realm, environment: object, config: EnvironmentConfig): void {
  realms.delete(key)
  realms.set(key, realm)
  const [oldest] = realms.size > MOST_REALMS ? realms.values() : []
  if (oldest) drop(oldest)
  if (isWatching(config)) watching.add(environment)
}

/** The next file gets another realm. */
function drop(realm: Realm): void {
  for (const [key, known] of realms) if (known === realm) realms.delete(key)
  // What cannot be ended is not used any more either.
  void realm.close().catch(() => {})
}

/** No file has come: the run may have ended, and there is no sign of that. */
function dropAll(): void {
  for (const realm of [...realms.values()]) if (!realm.isInUse) drop(realm)
}

/**
 * Tears the environment down, and ends its realm unless other files are to use it.
 *
 * @param tearDown what its class and all subclasses do
 * @returns what could not be put back, in which case the next file gets another realm
 */
export async function leaveRealm(
  environment: object,
  tearDown: () => Promise<void>,
): Promise<readonly Unrestored[]> {
  const realm = realmOf.get(environment)
  const isShared = realm && [...realms.values()].includes(realm)
  if (!isShared) {
    await tearDown()
    return []
  }
  leaving.add(environment)
  let unrestored: readonly Unrestored[]
  try {
    await tearDown()
  } finally {
    unrestored = await end(realm)
    if (watching.has(environment)) realm.noteFiles()
    ending = setTimeout(dropAll, PATIENCE).unref()
    if (unrestored.length > 0) drop(realm)
  }
  return unrestored
}

interface Unrestored {
  readonly what: string
  readonly why: string
}

/** A realm that fails while it is put back is in any state: its window was closed, or has gone elsewhere. */
async function end(realm: Realm): Promise<readonly Unrestored[]> {
  try {
    return await realm.end()
  } catch (error) {
    return [{ what: 'the realm as a whole', why: error instanceof Error ? error.message : String(error) }]
  }
}

/** Files may change between two runs, which nothing else tells apart. */
function isWatching({ globalConfig: { watch, watchAll } }: EnvironmentConfig): boolean {
  return watch === true || watchAll === true
}

/** Whether the environment is torn down while its realm goes on. */
export function isLeaving(environment: object): boolean {
  return leaving.has(environment)
}
