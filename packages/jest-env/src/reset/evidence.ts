/** What the code of CommonJS modules shows, after Jest's transform; read when the first reset asks for it. */
import { type Evidence, fileOf, type ModuleId } from 'fresh-modules/internal/core'
import { judge, type Verdict } from 'fresh-modules/internal/verdict'
import type { RuntimeInternals } from '../jest/runtime-internals/detect.ts'

/** How the module that a specifier names is called; undefined for one that a mock stands for. */
export type ResolveSpecifier = (specifier: string, importer: string) => ModuleId | undefined

const HOLDS_NOTHING: Evidence = { state: undefined, reads: [], calls: [], effects: [] }

// File -> the code that was judged last, and the verdict; undefined for what could not be parsed. A worker runs many test
// files, each with its own realm, and the code is mostly the same: as many entries as the project has modules.
const verdicts = new Map<string, { readonly code: string; readonly verdict: Verdict | undefined }>()

export class EvidenceReader {
  readonly #internals: RuntimeInternals
  readonly #resolve: ResolveSpecifier
  /** Id -> its evidence, and the verdict from which it was made. */
  readonly #known = new Map<ModuleId, { readonly verdict: Verdict; readonly evidence: Evidence }>()

  constructor(internals: RuntimeInternals, resolve: ResolveSpecifier) {
    this.#internals = internals
    this.#resolve = resolve
  }

  of(id: ModuleId): Evidence | undefined {
    const file = fileOf(id)
    if (file.endsWith('.json')) return HOLDS_NOTHING
    const verdict = verdictOf(file, this.#internals.codeOf(file))
    if (!verdict) return undefined
    const known = this.#known.get(id)
    if (known?.verdict === verdict) return known.evidence
    const evidence = this.#resolved(verdict, file)
    this.#known.set(id, { verdict, evidence })
    return evidence
  }

  #resolved({ state, reads = {}, calls = {}, effects = [] }: Verdict, file: string): Evidence {
    const ids = (specifier: string) => this.#resolve(specifier, file)
    return {
      state,
      reads: Object.keys(reads).flatMap((specifier) => ids(specifier) ?? []),
      calls: Object.entries(calls).flatMap(([specifier, names]) => {
        const id = ids(specifier)
        return id === undefined ? [] : [[id, names] as const]
      }),
      // What is done to a mock is done to a module of the test's own.
      effects: effects.flatMap(({ into, ...effect }) => {
        const id = into === undefined ? undefined : ids(into)
        return into !== undefined && id === undefined ? [] : [{ ...effect, into: id }]
      }),
    }
  }
}

function verdictOf(file: string, code: string | undefined): Verdict | undefined {
  if (code === undefined) return undefined
  const known = verdicts.get(file)
  if (known?.code === code) return known.verdict
  const verdict = parsedVerdict(code)
  verdicts.set(file, { code, verdict })
  return verdict
}

function parsedVerdict(code: string): Verdict | undefined {
  // Most files of most suites have one test: they never get here.
  const { parse } = require('acorn') as typeof import('acorn')
  try {
    const options = { ecmaVersion: 'latest', sourceType: 'script', allowReturnOutsideFunction: true } as const
    return judge(parse(code, { ...options, allowHashBang: true }), code)
  } catch {
    // An ES module, which is not evaluated again, or what another engine would have to run.
    return undefined
  }
}
