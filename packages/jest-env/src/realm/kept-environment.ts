/**
 * An environment for each file, over one realm for many. The class at the root of an environment's chain makes the realm: `vm` context,
 * window. It is constructed for the first file; further ones get an object with the same properties, and the constructors of all its
 * subclasses, which are often the user's, run on that as they do on a first one. So a subclass has fields and private state of its own in
 * each file.
 */
import { patch } from 'fresh-modules/internal/core'
import type { Environment, EnvironmentConfig, EnvironmentContext } from '../environment-types.ts'
import type { EnvironmentState } from '../jest/runtime-internals/environment-state.ts'
import { FileConsole } from './file-console.ts'
import { Realm } from './realm.ts'
import { isLeaving, keepRealm, noteEnvironment, realmOfEnvironment, waitingRealm } from './realms.ts'
import { otherObject, refuseLeakDetection, refusePrivateState } from './refusals.ts'

/** What a file wants of its realm. */
export interface RealmRequest {
  /** No other file is to have used it, or to use it afterwards. */
  readonly isOwn: boolean
  /** Those of the adapter: files with others have another realm. */
  readonly options: object
}

type EnvironmentConstructor = new (config: EnvironmentConfig, context: EnvironmentContext) => Environment

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

/** @throws `ERR_BAD_OPTION`, `ERR_UNSUPPORTED_HOST` */
function construct(
  Inner: EnvironmentConstructor,
  target: EnvironmentConstructor,
  config: EnvironmentConfig,
  context: EnvironmentContext,
  { isOwn, options }: RealmRequest,
): object {
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
  const realm = realmOfEnvironment(made) as Realm
  if (!isOwn) keepRealm(key, realm, made, config)
  realm.enter(made as EnvironmentState)
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
  noteEnvironment(environment, realm)
  return environment
}

/** The environment of a further file, over the realm that is known by the key; undefined if there is none that can be used. */
function reuse(
  key: string,
  config: EnvironmentConfig,
  context: EnvironmentContext,
  target: EnvironmentConstructor,
): object | undefined {
  const realm = waitingRealm(key, config)
  if (!realm) return undefined
  const environment = Object.create(target.prototype, realm.properties)
  realm.console.use(context.console)
  noteEnvironment(environment, realm)
  return environment
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
  const wrap = () =>
    async function (this: object): Promise<void> {
      if (!isLeaving(this)) await ended(this)
    }
  patch(Root.prototype, 'teardown', wrap, `${Root.name}.prototype.teardown`)
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
