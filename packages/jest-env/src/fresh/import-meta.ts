/** The `import.meta` of a fresh copy: what the runtime gives a registered module. */
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

interface MetaOptions {
  readonly file: string
  readonly query: string
  readonly isMain: boolean
  readonly jest: object
  resolve(specifier: string, parent: string): string
}

export function initializeMeta(meta: object, { file, query, isMain, jest, resolve }: MetaOptions): void {
  const url = pathToFileURL(file).href + query
  Object.assign(meta, {
    url,
    filename: file,
    dirname: path.dirname(file),
    resolve: (specifier: string, parent: string = url) => resolve(specifier, fileURLToPath(parent)),
    main: isMain,
    jest,
  })
}
