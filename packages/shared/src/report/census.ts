/**
 * The census, with `onUnmarkedDuplicate: 'warn'`: packages that were loaded in more than one copy, though nobody has said
 * that there may be one, or that two are fine. Of the others the guard tells.
 */
import { resolveSpec } from '../flags/specs.ts'
import { moduleKindOf } from '../host/formats.ts'
import type { Installed } from '../host/host-slot.ts'
import type { ModuleId } from '../host/module-id.ts'
import { nameOfCopy, refusingRule } from './advice.ts'
import { type LoadedCopy, PackageCopies } from './doubled-packages.ts'
import { PackageSums } from './package-sums.ts'
import type { Part, PartWriter } from './parts.ts'
import { RelativePaths } from './relative-paths.ts'
import type { PackageReport } from './schema.ts'

/** What one worker adds to it. */
export class WorkerCensus {
  readonly #writer: PartWriter
  readonly #packages = new PackageCopies()

  constructor(writer: PartWriter) {
    this.#writer = writer
  }

  notePackage(copy: LoadedCopy): void {
    this.#packages.note(copy)
  }

  endFile(installed: Installed, file: string): void {
    const packages = this.#packages.take((id) => isUnmarked(installed, id))
    if (packages.length > 0) this.#writer.write({ type: 'census', file, packages })
  }
}

/** Whether neither the table nor a manifest nor a rule says how often it may be loaded. */
function isUnmarked(installed: Installed, id: ModuleId): boolean {
  const { flags, package: pkg } = resolveSpec(installed, id, { kind: moduleKindOf(id) })
  if (flags.allowReimport.provenance.source !== 'default') return false
  return !installed.state.rules.matching(id, pkg).some(({ rule }) => rule.onDuplicate === 'off')
}

/** What is printed at the end of the run; nothing where there is nothing to tell. */
export function censusLines(workers: readonly (readonly Part[])[]): string[] {
  const sums = new PackageSums()
  for (const [worker, ...parts] of workers) {
    if (worker?.type !== 'worker') continue
    const paths = new RelativePaths(worker.root)
    for (const part of parts) {
      if (part.type !== 'census') continue
      for (const pkg of part.packages) sums.add(pkg, paths.of(part.file), paths)
    }
  }
  const packages = sums.reports()
  const [first] = packages
  if (!first) return []
  const loaded =
    packages.length === 1
      ? '1 package that nobody has marked was loaded in more than one copy'
      : `${packages.length} packages that nobody has marked were loaded in more than one copy`
  return [
    `fresh-modules: ${loaded}`,
    ...packages.map(packageLine),
    `  Add ${refusingRule(first)} to the specs option to have a second copy refused, or { match: '${first.name}', allowReimport: true } where two are fine.`,
  ]
}

function packageLine({ name, copies }: PackageReport): string {
  const named = copies.map((copy) => {
    const [importer] = copy.chain
    return nameOfCopy(copy) + (importer === undefined ? '' : ` (imported by ${importer})`)
  })
  return `  ${name}: ${named.join('; ')}`
}
