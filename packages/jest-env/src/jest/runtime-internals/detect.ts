/**
 * Everything undocumented of jest-runtime and jest-mock that the adapter relies on is in this folder, with the versions
 * for which it holds. `e2e/jest/assumptions.test.ts` pins it; where it is not as described, the adapter refuses to work.
 * Elsewhere: jest-circus in `../circus-events.ts`, what differs from version to version without being a member in
 * `../capabilities.ts`, a flag of V8 in `../../fresh/uncached.ts`.
 *
 * jest-runtime keeps its state in one of two layouts: 29.7 to 30.3 in private fields of the runtime, 30.4 and later
 * in objects that the runtime is made of. Both are reached through `RuntimeInternals`. How the runtime is found: `find-runtime.ts`.
 */
import { UnsupportedHostError } from 'fresh-modules/internal/core'
import { ownManifest } from '../../own-manifest.ts'
import {
  COLLABORATORS,
  type CollaboratorRuntime,
  Collaborators,
  SHARING_COLLABORATORS,
} from './collaborators.ts'
import {
  PRIVATE_FIELDS,
  PrivateFields,
  type PrivateRuntime,
  SHARING_PRIVATE_FIELDS,
} from './private-fields.ts'
import type { RuntimeInternals, SharingInternals } from './types.ts'

export * from './types.ts'

const KNOWN_VERSIONS = '29.7 to 30.5'

/** The internals of a runtime that has just been constructed, or an error that names what is not as known. */
export function internalsOf(runtime: object, version: string): RuntimeInternals {
  if ('registries' in runtime) {
    assertMembers(runtime, version, COLLABORATORS)
    return new Collaborators(runtime as CollaboratorRuntime, version)
  }
  assertMembers(runtime, version, PRIVATE_FIELDS)
  return new PrivateFields(runtime as PrivateRuntime, version)
}

/** The same for a runtime whose file shares a realm with others. */
export function sharingInternalsOf(runtime: object, version: string): SharingInternals {
  const internals = internalsOf(runtime, version)
  const members = internals instanceof Collaborators ? SHARING_COLLABORATORS : SHARING_PRIVATE_FIELDS
  assertMembers(runtime, version, members)
  return internals as Collaborators | PrivateFields
}

function assertMembers(runtime: object, version: string, members: readonly string[]): void {
  const missing = members.filter((member) => {
    let at: unknown = runtime
    for (const key of member.split('.')) at = (at as Record<string, unknown> | null | undefined)?.[key]
    return at === undefined || at === null
  })
  if (missing.length > 0) throw unknownInternals(version, `it has no ${missing.join(', no ')}`)
}

/** Names both versions: Jest's and this package's. */
export function unknownInternals(version: string, why: string): UnsupportedHostError {
  return new UnsupportedHostError(
    `Jest (jest-runtime ${version}) with @fresh-modules/jest-env ${ownManifest().version}`,
    `its runtime is not as known: ${why}`,
    `Known are ${KNOWN_VERSIONS}: install one of these, or a newer @fresh-modules/jest-env.`,
  )
}
