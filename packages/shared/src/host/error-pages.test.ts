import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ERROR_CODES } from './errors.ts'

const pages = new URL('../../../../docs/errors/', import.meta.url)
const read = (file: string): string => readFileSync(new URL(file, pages), 'utf8')

test('every code has a page, and every page is about a code', () => {
  const files = readdirSync(pages).filter((file) => file !== 'README.md')
  expect(files.sort()).toEqual(ERROR_CODES.map((code) => `${code}.md`).sort())
})

test.each(ERROR_CODES)('the page of %s says what happened, why, and what to do', (code) => {
  const page = read(`${code}.md`)
  expect(page).toMatch(new RegExp(`^# ${code}\n\n\\S`))
  expect(page.match(/^## .*/gm)).toEqual(expect.arrayContaining(['## Why', '## What to do']))
})

test('the overview links every page', () => {
  const links = [...read('README.md').matchAll(/\]\((ERR_\w+)\.md\)/g)].map(([, code]) => code)
  expect(links).toEqual(ERROR_CODES)
})
