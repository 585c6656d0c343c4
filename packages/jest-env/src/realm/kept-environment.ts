/**
 * An environment for each file, over one realm for many. The class at the root of an environment's chain makes the realm: `vm` context,
 * window. It is constructed for the first file; further ones get an object with the same properties, and the constructors of all its
 * subclasses, which are often the user's, run on that as they do on a first one. So a subclass has fields and private state of its own in
 * each file.
 */
import { BadOptionError, UnsupportedHostError } from 'fresh-modules/internal/core'
import type { Environment, EnvironmentConfig, EnvironmentContext } from '../environment-types.ts'
import type { EnvironmentState } from '../jest/runtime-internals/environment-state.ts'
import { FileConsole } from './file-console.ts'
import { Realm } from './realm.ts'

/** What a file wants of its realm. */
export interface RealmRequest {
  /** No other file is to have used it, or to use it afterwards. */
  readonly isOwn: boolean
  /** Those of the adapter: files with others have another realm. */
  readonly options: object
}

type EnvironmentConstructor = new (config: EnvironmentConfig, context: EnvironmentContext) => Environment

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
// Class at the root of a chain -> its number in keys of realms.
const roots = new Map<object, number>()

/** The same class, whose instances take over the realm of an earlier file where a third argument asks for it. */
export function keptEnvironment(
  Inner: EnvironmentConstructor,
): new (
  config: EnvironmentConfig,
  context: EnvironmentContext,
  request?: RealmRequest,
) => Environment {
  function Kept(config: EnvironmentConfig, context: EnvironmentContext, request?: RealmRequest): object {
    const target = new.target as unknown as EnvironmentConstructor
    if (!request) return Reflect.construct(Inner, [config, context], target)
    return construct(Inner, target, config, context, request)
  }
  Kept.prototype = Inner.prototype
  return Object.setPrototypeOf(Kept, Inner)
}

export function realmOfEnvironment(environment: object): Realm | undefined {
  return realmOf.get(environment)
}

/** @throws `ERR_BAD_OPTION`, `ERR_UNSUPPORTED_HOST` */
function construct(
  Inner: EnvironmentConstructor,
  target: EnvironmentConstructor,
  config: EnvironmentConfig,
  context: EnvironmentContext,
  { isOwn, options }: RealmRequest,
): object {
  clearTimeout(ending)
  refuseLeakDetection(config)
  const { Root, Above } = rootOf(Inner)
  refusePrivateState(Root)
  const key = keyOf(Root, options, config, context)
  let environment: object | undefined
  const make = (rootTarget: EnvironmentConstructor, args: unknown[]): object => {
    environment = isOwn ? undefined : reuse(key, config, context, rootTarget)
    environment ??= open(Root, rootTarget, args, context)
    return environment
  }
  const made = Above
    ? withParent(Above, rootThat(Root, make), () => Reflect.construct(Inner, [config, context], target))
    : make(target, [config, context])
  if (environment !== made) throw otherObject(Root)
  const realm = realmOf.get(made) as Realm
  if (!isOwn) keep(key, realm)
  realm.enter(made as EnvironmentState)
  if (isWatching(config)) watching.add(made)
  return made
}

/** The class at the root of the chain, and the one above it, if there is one. */
function rootOf(Inner: EnvironmentConstructor): {
  Root: EnvironmentConstructor
  Above: EnvironmentConstructor | undefined
} {
  let Above: EnvironmentConstructor | undefined
  let Root = Inner
  for (
    let next = Object.getPrototypeOf(Root);
    next !== Function.prototype;
    next = Object.getPrototypeOf(Root)
  ) {
    Above = Root
    Root = next
  }
  return { Root, Above }
}

/** A class in place of the root, for `super(…)` of the class above it. */
function rootThat(
  Root: EnvironmentConstructor,
  make: (target: EnvironmentConstructor, args: unknown[]) => object,
): EnvironmentConstructor {
  function Replaced(...args: unknown[]): object {
    return make(new.target as unknown as EnvironmentConstructor, args)
  }
  Replaced.prototype = Root.prototype
  return Object.setPrototypeOf(Replaced, Root)
}

/** `super(…)` looks up the parent when it is called. Nothing else is constructed meanwhile. */
function withParent<T>(Class: object, parent: object, run: () => T): T {
  const before = Object.getPrototypeOf(Class)
  Object.setPrototypeOf(Class, parent)
  try {
    return run()
  } finally {
    Object.setPrototypeOf(Class, before)
  }
}

function open(
  Root: EnvironmentConstructor,
  target: EnvironmentConstructor,
  [config, context, ...rest]: unknown[],
  { console: first }: EnvironmentContext,
): object {
  let realm: Realm | undefined
  const console = new FileConsole(first, () => realm?.isEvaluatingKept ?? false)
  const given = [config, { ...(context as object), console: console.object }, ...rest]
  const environment = Reflect.construct(Root, given, target) as EnvironmentState
  const end = keepOnTeardown(Root)
  realm = new Realm({
    environment,
    console,
    configured: (config as EnvironmentConfig).projectConfig.globals ?? {},
    environmentFile: fileOfDom(),
    close: () => end(environment),
  })
  realmOf.set(environment, realm)
  return environment
}

/** The environment of a further file, over the realm that is known by the key; undefined if there is none that can be used. */
function reuse(
  key: string,
  config: EnvironmentConfig,
  context: EnvironmentContext,
  target: EnvironmentConstructor,
): object | undefined {
  const realm = realms.get(key)
  if (!realm) return undefined
  // A file that was not torn down has left it in any state.
  if (realm.isInUse || (isWatching(config) && !realm.areFilesUnchanged())) {
    drop(realm)
    return undefined
  }
  const environment = Object.create(target.prototype, realm.properties)
  realm.console.use(context.console)
  realmOf.set(environment, realm)
  return environment
}

function keep(key: string, realm: Realm): void {
  realms.delete(key)
  realms.set(key, realm)
  const [oldest] = realms.size > MOST_REALMS ? realms.values() : []
  if (oldest) drop(oldest)
}

/** The next file gets another realm. */
function drop(realm: Realm): void {
  for (const [key, known] of realms) if (known === realm) realms.delete(key)
  void realm.close()
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

// Class at the root of a chain -> its own `teardown`.
const teardowns = new Map<object, (environment: object) => Promise<void>>()

/** Has the root's `teardown` do nothing for environments whose realm goes on. @returns the method as it was */
function keepOnTeardown(Root: EnvironmentConstructor): (environment: object) => Promise<void> {
  const known = teardowns.get(Root)
  if (known) return known
  const { teardown } = Root.prototype
  const ended = async (environment: object): Promise<void> => teardown?.call(environment)
  teardowns.set(Root, ended)
  Root.prototype.teardown = async function (this: object): Promise<void> {
    if (!leaving.has(this)) await ended(this)
  }
  return ended
}

/**
 * What a realm is made from. The roots that Jest has read options only; others may read the docblock of the file as well.
 */
function keyOf(
  Root: EnvironmentConstructor,
  options: object,
  { projectConfig }: EnvironmentConfig,
  { docblockPragmas }: EnvironmentContext,
): string {
  const number = roots.get(Root) ?? roots.size
  roots.set(Root, number)
  const isOfJest = /^(?:Node|JSDOM|BaseJSDOM)Environment$/.test(Root.name)
  const { 'fresh-modules': _, ...pragmas } = docblockPragmas
  const { id, testEnvironmentOptions } = projectConfig
  return JSON.stringify([number, id, testEnvironmentOptions, options, isOfJest ? {} : pragmas])
}

/** From where a `require` finds the jsdom that Jest's environment has loaded. */
function fileOfDom(): string | undefined {
  return Object.keys(require.cache).find((file) =>
    /[\\/]node_modules[\\/]jsdom[\\/]lib[\\/]api\.js$/.test(file),
  )
}

/** Files may change between two runs, which nothing else tells apart. */
function isWatching({ globalConfig: { watch, watchAll } }: EnvironmentConfig): boolean {
  return watch === true || watchAll === true
}

function refuseLeakDetection({ projectConfig, globalConfig }: EnvironmentConfig): void {
  if (!projectConfig.detectLeaks && !globalConfig.detectLeaks) return
  throw new BadOptionError(
    'share a realm between test files',
    'detectLeaks looks for realms that stay, and with isolate: false they do',
    'Run with one of the two: testEnvironmentOptions: { freshModules: { isolate: true } } where leaks are looked for.',
  )
}

/** Private fields are made by the class's own constructor, for one object: another one with the same properties lacks them. */
function refusePrivateState(Root: EnvironmentConstructor): void {
  if (!/\bthis\.#\w/.test(Function.prototype.toString.call(Root))) return
  throw new UnsupportedHostError(
    `the environment ${Root.name} with isolate: false`,
    'it has private fields, which only the object has that its constructor has made',
    'Leave isolate out for it, or extend the environment of Jest that it is like.',
  )
}

function otherObject(Root: EnvironmentConstructor): UnsupportedHostError {
  return new UnsupportedHostError(
    `the environment ${Root.name} with isolate: false`,
    'its constructor returns another object than the one it was called for',
    'Leave isolate out for it.',
  )
}

/** @throws `ERR_UNSUPPORTED_HOST` if the environment has another global object than its realm */
export function assertSameGlobal(environment: Environment): void {
  const realm = realmOf.get(environment)
  if (!realm || realm.global === environment.global) return
  throw new UnsupportedHostError(
    `the environment ${environment.constructor.name} with isolate: false`,
    'its global is another object than the one it was constructed with, so files cannot share it',
    'Leave isolate out for it, or put properties on this.global in place of replacing it.',
  )
}
