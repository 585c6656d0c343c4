/**
 * URLs of Node's ESM loader. A copy that is not the one a plain import gives has a mark in its URL, which tells the two apart:
 * `file:///app/a.js?fresh-modules=s3`. The mark is how a scope's identity travels from importer to imported.
 */
import { isBuiltin } from 'node:module'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { builtinName, fileOf, type ModuleId } from '../../host/module-id.ts'

const NAME = 'fresh-modules='
const MARK = /[?&#]fresh-modules=(\w+)/

/** What stands in a mark: `s3` a scope, `g7` a later generation of the registered copy. */
export type Mark = string & { readonly __mark?: never }

const ASKER = 'fresh-modules:asker/'

/** The name of a script that asks on behalf of a file. No file's own name, or it would count as its coverage. */
export function askerUrl(importer: string): string {
  return ASKER + encodeURIComponent(urlOfId(importer))
}

/** The URL of the file that an asker asks for; undefined for any other importer. */
export function importerOfAsker(url: string): string | undefined {
  return url.startsWith(ASKER) ? decodeURIComponent(url.slice(ASKER.length)) : undefined
}

/** The mark of a URL. Nearly every URL has none, and that has to be found out fast. */
export function markOf(url: string): Mark | undefined {
  return url.includes(NAME) ? MARK.exec(url)?.[1] : undefined
}

/** The URL with a mark. A `data:` URL has its mark in the fragment, since all the rest of it is content. */
export function marked(url: string, mark: Mark): string {
  const hashAt = url.indexOf('#')
  if (url.startsWith('data:')) return `${url}${hashAt === -1 ? '#' : '&'}${NAME}${mark}`
  const [base, hash] = hashAt === -1 ? [url, ''] : [url.slice(0, hashAt), url.slice(hashAt)]
  return `${base}${base.includes('?') ? '&' : '?'}${NAME}${mark}${hash}`
}

export function unmarked(url: string): string {
  return url.includes(NAME) ? url.replace(MARK, '') : url
}

/** The id of what a URL leads to: the path of a file with the query that users wrote, or the URL itself. */
export function idOfUrl(url: string): ModuleId {
  const plain = unmarked(url)
  if (!plain.startsWith('file:')) return (isBuiltin(url) ? builtinName(url) : plain) as ModuleId
  const known = idsOfUrls.get(plain)
  if (known !== undefined) return known
  const { search, hash } = new URL(plain)
  const id = `${fileURLToPath(plain)}${search}` as ModuleId
  // Queries and hashes may be of any number.
  if (search === '' && hash === '') idsOfUrls.set(plain, id)
  return id
}

/** `file:///app/a.js` -> `/app/a.js`, and the other way. One entry per file that was asked for. */
const idsOfUrls = new Map<string, ModuleId>()
const urlsOfFiles = new Map<string, string>()

export function urlOfId(id: ModuleId | string): string {
  const file = fileOf(id)
  if (!path.isAbsolute(file)) return id
  let url = urlsOfFiles.get(file)
  if (url === undefined) {
    url = pathToFileURL(file).href
    urlsOfFiles.set(file, url)
  }
  return file === id ? url : url + id.slice(file.length)
}

/** The path (or URL, for what is no file) of whoever asks, for messages and for comparing with files. */
export function pathOfUrl(url: string): string {
  return fileOf(idOfUrl(url))
}
