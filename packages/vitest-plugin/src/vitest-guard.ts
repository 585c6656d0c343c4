/** The guard in Vitest: asks before each evaluation, and makes what it found fail the test even if that is caught. */
import {
  callSite,
  type FreshModulesError,
  forgetFailedCopy,
  guardEvaluation,
  type Installed,
  type ModuleFacts,
  type ModuleId,
  noteRawReset,
  takeUnreported,
} from 'fresh-modules/internal'
import { vi } from 'vitest'
import { isFrameworkModule } from './never-touch.ts'
import type { FetchResult, RunnerNode } from './runner-internals.ts'
import { idOfNode } from './sources.ts'
import { viewForSpy } from './spies.ts'
import type { VitestHost } from './vitest-host.ts'

/**
 * Asks the guard about a registered evaluation. Mocks are no copies: what `vi.mock` puts in a module's place has an id
 * of its own.
 *
 * @throws `ERR_DUPLICATE_MODULE`
 */
export function guardNode(
  installed: Installed,
  node: RunnerNode,
  facts: ModuleFacts,
  callstack: readonly string[],
): void {
  if (node.id.startsWith('mock:') || !node.meta) return
  const isExternal = node.meta.externalize !== undefined
  guardEvaluation(installed, {
    id: idOfNode(node.id),
    facts,
    importedBy: () => [...callstack].reverse().map(idOfNode),
    loader: isExternal ? "Node's loader" : "Vitest's module runner",
    format: () => (isExternal ? undefined : formatOf(node.meta as FetchResult)),
    isWrapper: () => !isExternal && isWrapper(node.meta?.code),
    isKeptByLoader: isExternal,
  })
}

export function forgetFailed(installed: Installed, node: RunnerNode): void {
  forgetFailedCopy(installed, idOfNode(node.id))
}

function formatOf({ code = '' }: FetchResult): 'esm' | 'cjs' {
  return /\b(?:module\.exports|exports\.\w+)\s*=/.test(code) && !code.includes('__vite_ssr_exportName__')
    ? 'cjs'
    : 'esm'
}

// The CommonJS entry of React and many others, inlined: it picks a build and requires it, and what an inlined module
// requires comes from Node's loader. Evaluated again, it hands out the very same exports.
const WRAPPER =
  /^(?:\s|;|"use strict"|'use strict'|if\s*\([^(){}]*\)\s*\{|\}|else\s*\{?|module\.exports\s*=\s*require\([^()]*\))*$/

function isWrapper(code = ''): boolean {
  if (code.length > 10_000 || !code.includes('require(')) return false
  return WRAPPER.test(code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, ''))
}

/** `vi.resetModules()` as users call it: remembered, for the message. */
export function watchRawResets(installed: Installed): void {
  const { resetModules } = vi
  vi.resetModules = function () {
    noteRawReset(
      installed,
      'vi.resetModules()',
      callSite((file) => isFrameworkModule(file as ModuleId)),
    )
    return resetModules.call(this)
  }
}

/** `vi.spyOn` on a namespace replaces an export, which a reset has to undo before it replaces it. */
export function watchSpies(host: VitestHost): void {
  const { spyOn } = vi
  const spy = spyOn as unknown as (...args: unknown[]) => unknown
  vi.spyOn = function (this: unknown, object: object, ...rest: never[]) {
    if (typeof object !== 'object' || object === null) return spy.call(this, object, ...rest)
    host.resets.noteSpied(object)
    return spy.call(this, viewForSpy(object), ...rest)
  } as never
}

/** What the task that has just ended must fail with, unless it has failed with it already. */
export function unreportedDuplicates(
  installed: Installed,
  task: { result?: { errors?: readonly { message?: string }[] } | undefined },
): FreshModulesError[] {
  const reported = new Set(task.result?.errors?.map(({ message }) => message))
  return takeUnreported(installed).filter(({ message }) => !reported.has(message))
}
