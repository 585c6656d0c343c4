/** Paths as they stand in a report: relative to the root of the run, by forward slashes. */
import path from 'node:path'
import { fileOf, isFileId, type ModuleId } from '../host/module-id.ts'
import { relativeTo, toSlashes } from '../host/paths.ts'

export class RelativePaths {
  readonly #root: string
  /** The root and the folders above it, the nearest first, with what stands for each. */
  readonly #folders: readonly (readonly [folder: string, relative: string])[]

  constructor(root: string) {
    this.#root = root
    this.#folders = foldersAbove(root)
  }

  /** Of a module id, with its query; of a file. What is no path stays as it is. */
  of(id: string): string {
    if (!isFileId(id as ModuleId)) return id
    const file = fileOf(id)
    return `${relativeTo(this.#root, file)}${id.slice(file.length)}`
  }

  /** Of the paths in a message. */
  inText(text: string): string {
    let plain = text.replaceAll('file://', '')
    for (const [folder, relative] of this.#folders) plain = plain.replaceAll(folder, relative)
    return plain
  }
}

function foldersAbove(root: string): [string, string][] {
  const folders: [string, string][] = []
  let relative = ''
  for (let folder = root; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const withSlash = `${folder}${path.sep}`
    folders.push([withSlash, relative])
    if (path.sep !== '/') folders.push([toSlashes(withSlash), relative])
    relative += '../'
  }
  return folders
}
