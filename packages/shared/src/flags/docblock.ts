/**
 * What a module says of itself in a comment at the top of its file:
 *
 *     /** @fresh-modules no-reimport, single-worker: owns port 5432 *\/
 *
 * It is read from the source text, before the module is evaluated and before other transforms drop comments.
 */
import type { Flag, FlagDeclaration, Flags } from '../host/module-spec.ts'
import { didYouMean } from './did-you-mean.ts'

const TAG = '@fresh-modules'

const WORDS: Readonly<Record<string, Flag>> = {
  'no-reload': 'allowReload',
  'no-reimport': 'allowReimport',
  'no-unload': 'allowUnload',
  'single-worker': 'allowParallelWorkers',
}

/** What a test file says of itself: how its own tests are run. */
export interface TestFileWords {
  /** For this file, in place of the adapter's option. */
  readonly resetBetween?: 'tests' | 'files' | 'never'
  /** Whether the file wants a realm that no other file has used. */
  readonly ownRealm?: boolean
}

const TEST_FILE_WORDS: Readonly<Record<string, TestFileWords>> = {
  'reset-between-tests': { resetBetween: 'tests' },
  'reset-between-files': { resetBetween: 'files' },
  'reset-never': { resetBetween: 'never' },
  'own-realm': { ownRealm: true },
}

/** The words of the docblock. */
const DOCBLOCK_WORDS: readonly string[] = [...Object.keys(WORDS), ...Object.keys(TEST_FILE_WORDS)]

/** A docblock that cannot be read. Whoever asked for the module turns it into `ERR_BAD_OPTION`. */
export class DocblockProblem extends Error {
  /** The file that has the docblock. */
  readonly where: string
  /** The word that is not known; empty where the tag names no flag at all. */
  readonly word: string

  constructor(where: string, word: string) {
    const known = DOCBLOCK_WORDS.join(', ')
    super(
      word === ''
        ? `The ${TAG} comment of "${where}" names no flag. Known words: ${known}`
        : `The ${TAG} comment of "${where}" has the unknown word "${word}"${didYouMean(word, DOCBLOCK_WORDS)}` +
            ` Known words: ${known}; a reason goes after a colon`,
    )
    this.name = 'DocblockProblem'
    this.where = where
    this.word = word
  }
}

/**
 * Reads the docblock of a source text. Only comments before the first statement count; a hashbang, a byte order
 * mark, directives and other comments may come before it. Several tags are merged.
 *
 * @param source the module's text as it is on disk
 * @param where the module's file, for messages
 * @throws {DocblockProblem} for a word that is not known
 */
export function parseDocblock(source: string, where: string): FlagDeclaration | undefined {
  // Nearly every file ends here: this runs for each module that is loaded.
  if (!source.includes(TAG)) return undefined

  const tags = leadingComments(source).flatMap(tagsIn)
  if (tags.length === 0) return undefined

  const flags: Partial<Flags> = {}
  const reasons = new Set<string>()
  for (const tag of tags) {
    const named = wordsOf(tag, where).flatMap((word) => WORDS[word] ?? [])
    if (named.length === 0) continue
    for (const flag of named) flags[flag] = false
    const reason = reasonOf(tag)
    if (reason) reasons.add(reason)
  }
  if (Object.keys(flags).length === 0) return undefined
  return reasons.size > 0 ? { flags, reason: [...reasons].join('; '), where } : { flags, where }
}

/**
 * Reads what a test file says of its run, e.g. `@fresh-modules reset-between-files: the tests count along`. Of
 * words that contradict each other the last one holds.
 *
 * @throws {DocblockProblem} for a word that is not known
 */
export function parseTestFileWords(source: string, where: string): TestFileWords {
  if (!source.includes(TAG)) return {}
  const words = leadingComments(source)
    .flatMap(tagsIn)
    .flatMap((tag) => wordsOf(tag, where))
  return Object.assign({}, ...words.map((word) => TEST_FILE_WORDS[word] ?? {})) as TestFileWords
}

// One sticky expression per thing that may stand before the first statement.
const SPACE = /[\s\uFEFF]+/y
const HASHBANG = /#![^\n\r\u2028\u2029]*/y
const LINE_COMMENT = /\/\/[^\n\r\u2028\u2029]*/y
const BLOCK_COMMENT = /\/\*[\s\S]*?\*\//y
// A string that is a whole statement: what follows it must end the statement. An operator on the next line
// would continue it, but then the scan stops at that operator, which is code.
const DIRECTIVE = /(?:'(?:[^'\\\r\n]|\\[\s\S])*'|"(?:[^"\\\r\n]|\\[\s\S])*")[ \t]*(?:;|(?=[\r\n]|\/[/*]|$))/y

function leadingComments(source: string): string[] {
  const comments: string[] = []
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(source)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  take(SPACE)
  take(HASHBANG)
  while (at < source.length) {
    const comment = take(LINE_COMMENT) ?? take(BLOCK_COMMENT)
    if (comment !== undefined) comments.push(comment)
    else if (take(SPACE) === undefined && take(DIRECTIVE) === undefined) break
  }
  return comments
}

// A tag stands at the start of its line, as JSDoc tags do. So prose that mentions it is no tag, and neither are the
// names of the adapters: `@jest-environment @fresh-modules/jest-env`.
const TAG_LINE = /^[\s*/!]*@fresh-modules(?=[\s:,]|$)(.*)$/

function tagsIn(comment: string): string[] {
  const text = comment.startsWith('/*') ? comment.slice(2, -2) : comment.slice(2)
  return text.split(/[\n\r\u2028\u2029]+/).flatMap((line) => TAG_LINE.exec(line)?.[1] ?? [])
}

function wordsOf(tag: string, where: string): string[] {
  const words = (tag.split(':', 1)[0] ?? '').split(/[\s,]+/).filter(Boolean)
  if (words.length === 0) throw new DocblockProblem(where, '')
  const unknown = words.find((word) => !DOCBLOCK_WORDS.includes(word))
  if (unknown !== undefined) throw new DocblockProblem(where, unknown)
  return words
}

function reasonOf(tag: string): string {
  const colon = tag.indexOf(':')
  return colon === -1 ? '' : tag.slice(colon + 1).trim()
}
