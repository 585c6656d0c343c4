/** Judges sources in Vite's server, once for each: workers get the verdict with the code. */
import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { fileOf, isFirstParty, type ModuleId, moduleId } from 'fresh-modules/internal'
import { judge, type Verdict } from 'fresh-modules/internal/verdict'

/** What we need of the context in which Vite calls a plugin's `transform`; in Vite 6 to 8. */
export interface TransformContext {
  parse(code: string): unknown
  resolve(specifier: string, importer: string): Promise<{ readonly id: string } | null>
  /** From the code as it is now to the file. */
  getCombinedSourcemap(): unknown
}

/** What we need of the context in which Vite calls a plugin's `resolveId`; in Vite 6 to 8. */
export interface ResolveContext extends Omit<TransformContext, 'getCombinedSourcemap'> {
  readonly environment: {
    readonly pluginContainer?: {
      load(id: string): Promise<string | { readonly code: string } | null>
      transform(code: string, id: string): Promise<{ readonly code: string; readonly map: unknown }>
    }
  }
}

/** The same for modules that were not judged when they were transformed: they are transformed once more. */
export function verdictsOf(context: ResolveContext, ids: readonly string[]): Promise<(Verdict | null)[]> {
  return Promise.all(ids.map((id) => verdictLater(context, id)))
}

async function verdictLater(context: ResolveContext, id: string): Promise<Verdict | null> {
  const { pluginContainer } = context.environment
  if (!pluginContainer) return null
  try {
    const loaded = await pluginContainer.load(id)
    const source =
      typeof loaded === 'string' ? loaded : (loaded?.code ?? readFileSync(fileOf(id as ModuleId), 'utf8'))
    const { code, map } = await pluginContainer.transform(source, id)
    const transformed: TransformContext = {
      parse: (code) => context.parse(code),
      resolve: (specifier, importer) => context.resolve(specifier, importer),
      getCombinedSourcemap: () => map,
    }
    return (await verdictOf(transformed, code, id)) ?? null
  } catch {
    // Its source is gone, or no plugin can make JavaScript of it.
    return null
  }
}

type Uses = Readonly<Record<string, readonly string[]>>

/**
 * What the code of a first-party module shows, after all other transforms; specifiers as the ids that they resolve to,
 * lines as in the file. Undefined where it is no JavaScript that the server can parse.
 */
export async function verdictOf(
  context: TransformContext,
  code: string,
  id: string,
): Promise<Verdict | undefined> {
  if (!isFirstParty(moduleId(id))) return undefined
  let verdict: Verdict
  let isEsModule: boolean
  try {
    const program = context.parse(code)
    verdict = judge(program, code)
    isEsModule = hasModuleSyntax(program)
  } catch {
    // Whoever evaluates it says why.
    return undefined
  }
  const { reads, calls, effects, state, holders } = verdict
  const resolve = resolver(context, id)
  const lineOf = effects ? originalLines(context) : undefined
  return {
    ...(state ? { state } : {}),
    ...(holders && isEsModule ? { holders } : {}),
    ...(reads ? { reads: await resolved(reads, resolve) } : {}),
    ...(calls ? { calls: await resolved(calls, resolve) } : {}),
    ...(effects
      ? {
          effects: await Promise.all(
            effects.map(async ({ into, ...effect }) => {
              const found = { ...effect, line: lineOf?.(effect.line) ?? effect.line }
              return into === undefined ? found : { ...found, into: await resolve(into) }
            }),
          ),
        }
      : {}),
  }
}

/** What has none may be CommonJS, which is given another `import.meta` or none. */
function hasModuleSyntax(program: unknown): boolean {
  const { body } = program as { readonly body: readonly { readonly type: string }[] }
  return body.some(({ type }) => /^(?:Import|Export)/.test(type))
}

function resolver(context: TransformContext, importer: string) {
  const known = new Map<string, Promise<string>>()
  const resolve = async (specifier: string) => (await context.resolve(specifier, importer))?.id ?? specifier
  return (specifier: string): Promise<string> => {
    const found = known.get(specifier) ?? resolve(specifier)
    known.set(specifier, found)
    return found
  }
}

async function resolved(uses: Uses, resolve: (specifier: string) => Promise<string>): Promise<Uses> {
  const entries = Object.entries(uses).map(
    async ([specifier, names]) => [await resolve(specifier), names] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}

/** Lines of the code as it is now -> lines of the file; undefined for what a transform has made. */
function originalLines(context: TransformContext): (line: number) => number | undefined {
  let map: SourceMap | undefined
  try {
    map = new SourceMap(context.getCombinedSourcemap() as SourceMapPayload)
  } catch {
    // Nothing has moved.
  }
  return (line) => {
    const entry = map?.findEntry(line - 1, 0)
    return entry && 'originalLine' in entry ? entry.originalLine + 1 : undefined
  }
}
