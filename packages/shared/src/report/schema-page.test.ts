import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { REPORT_VERSION } from './schema.ts'

const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8')

test('docs/report.md names every field of the JSON, and its version', () => {
  const page = read('../../../../docs/report.md')
  const fields = Array.from(read('schema.ts').matchAll(/^ {2}readonly (\w+)\??:/gm), ([, name]) => name)
  expect(fields.length).toBeGreaterThan(40)
  expect(fields.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  expect(page).toContain(`\`version\` is ${REPORT_VERSION}.`)
})

test('docs/report.md names every value of the closed sets of the JSON', () => {
  const page = read('../../../../docs/report.md')
  const sets = Array.from(
    read('schema.ts').matchAll(/(?:type \w+ =|about:) ((?:'[\w ]+'(?: \| )?)+)/g),
    ([, set = '']) => set,
  )
  const values = sets.flatMap((set) => Array.from(set.matchAll(/'([\w ]+)'/g), ([, value]) => value))
  expect(values.length).toBeGreaterThan(12)
  expect(values.filter((value) => !page.includes(`\`"${value}"\``))).toEqual([])
})
