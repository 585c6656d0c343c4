/** What the core has to know of a module before anything is done to it. */
import {
  BadOptionError,
  fileOf,
  isFirstParty,
  type MaybePromise,
  type ModuleFacts,
  type ModuleId,
  moduleKindOf,
  packageOf,
} from 'fresh-modules/internal'
import type { CurrentSources } from './current-sources.ts'
import type { NodeDelegate } from './node-delegate.ts'
import type { Source, Sources } from './sources.ts'

export interface FactsOptions {
  readonly sources: Sources
  readonly current: CurrentSources
  readonly delegate: NodeDelegate
}

export class Facts {
  readonly #sources: Sources
  readonly #current: CurrentSources
  readonly #delegate: NodeDelegate

  constructor({ sources, current, delegate }: FactsOptions) {
    this.#sources = sources
    this.#current = current
    this.#delegate = delegate
  }

  /** Asked by helpers, for a module that a user names or that a scope reaches: what Node holds, Node answers for. */
  of(id: ModuleId): MaybePromise<ModuleFacts> {
    if (id.startsWith('node:')) return { kind: 'builtin' }
    // The server would try to read it as text.
    if (id.endsWith('.node')) return { kind: 'addon' }
    const known = this.#sources.known(id)
    // The server does not know of inner files of packages that are left to Node.
    const byNode = known || isFirstParty(id) ? undefined : this.#delegate.madeHost?.facts(id)
    if (byNode) return byNode
    return known ? this.#factsFor(known) : this.#current.of(id).then((source) => this.#factsFor(source))
  }

  /** A file that has changed on disk is another source. */
  refresh(id: ModuleId): MaybePromise<void> {
    const known = this.#sources.known(id)
    if (known && this.#sources.isOutdated(known)) return this.#current.of(id).then(() => {})
  }

  #factsFor(source: Source): ModuleFacts {
    const isDelegated = source.meta.externalize !== undefined && source.meta.type !== 'builtin'
    return (isDelegated ? this.#delegate.facts(source.id) : undefined) ?? factsOfSource(source)
  }
}

export function factsOfSource(source: Source): ModuleFacts {
  source.facts ??= readFacts(source)
  return source.facts
}

function readFacts({ id, meta, stamp }: Source): ModuleFacts {
  if (id.startsWith('node:') || meta.type === 'builtin') return { kind: 'builtin' }
  if (stamp.problem) {
    throw new BadOptionError(`read the flags of "${id}"`, stamp.problem, 'Correct the comment.')
  }
  const kind = moduleKindOf(id)
  if (meta.externalize === undefined) return { kind, docblock: stamp.docblock }
  const name = packageOf(fileOf(id))?.name ?? fileOf(id)
  return {
    kind,
    notFresh: {
      why: "Vitest leaves it to Node's own loader, which keeps what it has loaded",
      remedy: `Add server: { deps: { inline: ['${name}'] } } to the test config, so that Vitest's module runner loads it.`,
    },
  }
}
