/** The message of the guard: everything needed to mend a doubled module. */

import { describeRefusal } from '../host/errors.ts'
import { NODE_LOADER } from '../host/guard-state.ts'
import type { Installed } from '../host/host-slot.ts'
import { realIdentityOf } from '../host/loaded.ts'
import type { GuardedCopy } from '../host/module-host.ts'
import { fileOf, isInstalled, type ModuleId } from '../host/module-id.ts'
import { packageOf } from '../host/packages.ts'
import type { ResolvedSpec } from '../host/resolved-spec.ts'
import { isOtherBuild } from './package-copies.ts'

export function duplicateMessage(
  { host, state }: Installed,
  spec: ResolvedSpec,
  first: GuardedCopy,
  second: GuardedCopy,
): string {
  const { id, flags } = spec
  const name = nameOf(spec, first, second)
  const { why, remedy } = explain({ host, state }, name, first, second)
  return [
    `Failed to evaluate a second copy of "${name}": ${describeRefusal({
      id,
      flag: 'allowReimport',
      provenance: flags.allowReimport.provenance,
    })}.`,
    `  First copy:  ${placeOf(first)}`,
    `  Second copy: ${placeOf(second)}`,
    `  ${why}.`,
    `  ${remedy}`,
  ].join('\n')
}

/** One line for a second copy that is evaluated, since it may be. */
export function duplicateLine(
  installed: Installed,
  spec: ResolvedSpec,
  first: GuardedCopy,
  second: GuardedCopy,
): string {
  const { id, flags } = spec
  const name = nameOf(spec, first, second)
  const { why, remedy } = explain(installed, name, first, second)
  const refusal = describeRefusal({ id, flag: 'allowReimport', provenance: flags.allowReimport.provenance })
  return `A second copy of "${name}" is evaluated: ${placeOf(second)}; the first is ${placeOf(first)}. ${refusal}. ${why}. ${remedy}`
}

/** One line for two copies that exist side by side. */
export function standingLine(
  installed: Installed,
  spec: ResolvedSpec,
  first: GuardedCopy,
  second: GuardedCopy,
): string {
  const name = nameOf(spec, first, second)
  const { why, remedy } = explain(installed, name, first, second)
  return (
    `Two copies of "${name}" are loaded: ${placeOf(first)}; and ${placeOf(second)}. ${why}. ` +
    `What passes from one to the other may break${reasonOf(spec)}. ${remedy} ` +
    `If two are fine, add to the specs option: { match: '${name}', allowReimport: true }.`
  )
}

/** The same under the failure of a test that runs with both. */
export function standingExplanation(
  installed: Installed,
  spec: ResolvedSpec,
  first: GuardedCopy,
  second: GuardedCopy,
): string {
  const name = nameOf(spec, first, second)
  const { why, remedy } = explain(installed, name, first, second)
  return [
    `This test ran with two copies of "${name}", which may be why it failed${reasonOf(spec)}.`,
    `  First copy:  ${placeOf(first)}`,
    `  Second copy: ${placeOf(second)}`,
    `  ${why}.`,
    `  ${remedy}`,
    `  To have the second one refused instead, add to the specs option: { match: '${name}', allowReimport: false }.`,
  ].join('\n')
}

function reasonOf({ flags }: ResolvedSpec): string {
  const { reason } = flags.allowReimport.provenance
  return reason ? `: ${reason}` : ''
}

/** A package has its name, unless one file of the project is there twice. */
function nameOf({ id, package: pkg }: ResolvedSpec, first: GuardedCopy, second: GuardedCopy): string {
  const isOfPackage = isInstalled(id) || realIdentityOf(first.id) !== realIdentityOf(second.id)
  return pkg && isOfPackage ? pkg.name : fileOf(id)
}

function placeOf({ id, importedBy }: GuardedCopy): string {
  return `${id}${chain(importedBy)}`
}

function chain(importers: readonly ModuleId[]): string {
  return importers.length > 0 ? `, imported by ${importers.join(' <- ')}` : ''
}

interface Explanation {
  /** What removed the first copy from the registry, or why the second one has another id. */
  readonly why: string
  /** The one thing to do in this case. */
  readonly remedy: string
}

function explain(
  { host, state }: Installed,
  name: string,
  first: GuardedCopy,
  second: GuardedCopy,
): Explanation {
  const [from, to] = [packageOf(fileOf(first.id)), packageOf(fileOf(second.id))]
  if (from && to && from.dir !== to.dir && from.name === to.name) {
    if (from.version !== to.version) {
      return {
        why: `Two versions are installed: ${from.version} in ${from.dir}, and ${to.version} in ${to.dir}`,
        remedy: `Align the dependency on "${name}" so that one version is installed (npm ls ${name} shows who wants which).`,
      }
    }
    return {
      why: `It is installed in two places: ${from.dir} and ${to.dir}`,
      remedy: host.remedies?.dedupe(name, second) ?? `Install "${name}" once, for instance by npm dedupe.`,
    }
  }
  if (to && first.loader === second.loader && isOtherBuild(to, first, second)) {
    return {
      why: 'One copy is of its source, the other of what was built of it',
      remedy: `Lead every import to one of them: give the name "${to.name}" an alias to "${fileOf(first.id)}" as well, or remove the one there is.`,
    }
  }
  if (first.loader !== second.loader) {
    return {
      why: `One copy is loaded by ${first.loader}, the other by ${second.loader}`,
      remedy:
        host.remedies?.oneLoader(name, first, second) ?? `Have one of them load "${name}" for everybody.`,
    }
  }
  if (first.format !== second.format) {
    return {
      why: 'One copy is the ES module build, the other the CommonJS build',
      remedy:
        host.remedies?.oneFormat(name, first, second) ??
        'Import it in one format everywhere, for instance by an alias.',
    }
  }
  if (first.id !== second.id) {
    return {
      why: 'The same file was imported under another id: a query, an alias or a link',
      remedy: `Import it as "${fileOf(first.id)}" everywhere.`,
    }
  }
  if (second.loader === NODE_LOADER && second.format === 'cjs') {
    return {
      why: 'Its entry was deleted from require.cache, while those who required it hold the first copy',
      remedy: 'Leave the entry there. For a fresh copy of another module use importFresh.',
    }
  }
  const { rawReset } = state.guard
  return {
    why: rawReset
      ? `The first copy was dropped from the registry by ${rawReset.what}${rawReset.at ? `, called at ${rawReset.at}` : ''}`
      : 'The first copy was dropped from the registry by something other than unload()',
    remedy:
      'Remove that reset: fresh-modules resets first-party modules before each test and keeps this one. ' +
      'For a fresh copy of another module use importFresh.',
  }
}
