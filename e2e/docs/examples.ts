/**
 * Examples of the documentation as files: a block of code whose first line is a comment with a path is that file. JSON
 * has no comments; there the path stands after the language.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FileTree } from '../harness/index.ts'

const NAMED_BLOCK = /^```(?:[a-z]+\n\/\/|json) (\S+\.[a-z]+)\n([\s\S]*?)^```$/gm

/** @param page path from the repository's root */
export function readPage(page: string): string {
  return readFileSync(fileURLToPath(new URL(`../../${page}`, import.meta.url)), 'utf8')
}

/** The files of a page, by path. A page that shows one file twice is a mistake. */
export function examplesOf(page: string): FileTree {
  const files: Record<string, string> = {}
  for (const [, path = '', code = ''] of readPage(page).matchAll(NAMED_BLOCK)) {
    if (path in files) throw new Error(`${page} shows "${path}" twice`)
    files[path] = code
  }
  return files
}

export const asOneLine = (text: string): string => text.replace(/\s+/g, ' ')

/** What the page of an error shows as its message, as one line. */
export function exampleOf(code: string): string {
  const [, example] =
    /## Example[\s\S]*?```text\n([\s\S]*?)```/.exec(readPage(`docs/errors/${code}.md`)) ?? []
  if (example === undefined) throw new Error(`docs/errors/${code}.md has no example`)
  return asOneLine(example).trim()
}
