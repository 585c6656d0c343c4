/** Projects in browser mode: a browser loads their modules and keeps them for good, so they are left alone. */
import * as helpers from 'fresh-modules'
import type { TestProject, Vitest } from 'vitest/node'

/** What tells it in the resolved config of Vite's server, or of one of its environments. */
interface ConfigLike {
  readonly test?: { readonly browser?: { readonly enabled?: boolean | undefined } | undefined } | undefined
  readonly plugins?: readonly { readonly name: string }[] | undefined
}

const HELPERS = 'fresh-modules'
/** The module that a browser gets for `fresh-modules`. */
const STAND_IN = '\0fresh-modules:browser'
const WHY = 'there the browser loads modules and keeps them for good, so nothing can be evaluated again'
const REMEDY =
  'Run tests that use fresh-modules in a Node pool with jsdom or happy-dom, in a project of their own.'

/** Vitest's `--browser` may set the option without writing it into the config of Vitest 4's server for browsers. */
export function isBrowserMode(config: object): boolean {
  const { test, plugins } = config as ConfigLike
  return test?.browser?.enabled || (plugins?.some(({ name }) => name === 'vitest:browser') ?? false)
}

/** Runs in which it has been said. Browsers of one project are projects of their own: a line for each would be noise. */
const refused = new WeakSet<Vitest>()

export function tellLeftAlone(vitest: Vitest, { name }: TestProject): void {
  if (refused.has(vitest)) return
  refused.add(vitest)
  vitest.logger.warn(
    `[fresh-modules] ${name ? `The project "${name}"` : 'This project'} runs in browser mode and is left alone: ${WHY}. ${REMEDY}`,
  )
}

/** What a project in browser mode resolves `fresh-modules` to. */
export function resolveInBrowser(specifier: string): string | undefined {
  return specifier === HELPERS || specifier === STAND_IN ? STAND_IN : undefined
}

/** Every export of `fresh-modules`, as something that throws when it is used: a browser cannot load Node's built-ins. */
export function loadInBrowser(id: string): string | undefined {
  if (id !== STAND_IN) return undefined
  const message = `Failed to use fresh-modules in Vitest's browser mode: ${WHY}.\n  ${REMEDY}`
  return [
    `const refuse = () => {`,
    `  const error = new Error(${JSON.stringify(message)})`,
    `  throw Object.assign(error, { name: 'UnsupportedHostError', code: 'ERR_UNSUPPORTED_HOST' })`,
    `}`,
    ...Object.keys(helpers).map((name) =>
      /^[A-Z]/.test(name) ? `export class ${name} extends Error {}` : `export const ${name} = refuse`,
    ),
  ].join('\n')
}
