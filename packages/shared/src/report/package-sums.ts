/** Adds up the copies of packages that workers have written down. */
import { knownSingleton } from '../flags/known-singletons.ts'
import type { PackagePart } from './parts.ts'
import type { RelativePaths } from './relative-paths.ts'
import type { PackageReport } from './schema.ts'

interface PackageSum {
  readonly copies: Map<string, PackageReport['copies'][number]>
  readonly files: Set<string>
}

export class PackageSums {
  /** Package -> its copies, and the test files in which at least two of them were loaded. */
  readonly #packages = new Map<string, PackageSum>()

  add({ name, copies }: PackagePart, file: string, paths: RelativePaths): void {
    const sum = this.#packages.get(name) ?? { copies: new Map(), files: new Set() }
    this.#packages.set(name, sum)
    sum.files.add(file)
    for (const { version = '', dir, format = 'unknown', loader, chain } of copies) {
      const key = [dir, format, loader].join('\0')
      if (sum.copies.has(key)) continue
      const relative = chain.map((id) => paths.of(id))
      sum.copies.set(key, { version, dir: paths.of(dir), format, loader, chain: relative })
    }
  }

  /** By name. */
  reports(): PackageReport[] {
    const reports = Array.from(
      this.#packages,
      ([name, { copies, files }]): PackageReport => ({
        name,
        knownSingleton: knownSingleton(name)?.kind.includes('doubled') ?? false,
        copies: [...copies.values()],
        files: [...files].sort(),
      }),
    )
    return reports.sort((one, other) => (one.name < other.name ? -1 : 1))
  }
}
