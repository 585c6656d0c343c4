import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { KNOWN_SINGLETONS, type KnownSingleton } from './known-singletons.ts'

const page = fileURLToPath(new URL('../../../../docs/singletons.md', import.meta.url))

test('the page shows the table as it is', async () => {
  const text = readFileSync(page, 'utf8')
  const prose = text.slice(0, text.indexOf('-->') + '-->'.length)
  expect(prose).toContain('generated from')
  await expect(`${prose}\n\n${table()}\n`).toMatchFileSnapshot(page)
})

function table(): string {
  const head = [
    '| package | kind | why | seen as | other copies that count | source |',
    '|---|---|---|---|---|---|',
  ]
  return [...head, ...KNOWN_SINGLETONS.map(rowOf)].join('\n')
}

function rowOf({ name, kind, why, text, when, source, across, emptiedBy }: KnownSingleton): string {
  const names = [name].flat().map((name) => `\`${name}\``)
  const seen = text === undefined ? 'nothing: the result is silently wrong' : `${code(text)}, ${when}`
  const kinds = kind.map((one) =>
    one === 'registry' && emptiedBy ? `registry, emptied by \`${emptiedBy}\`` : one,
  )
  return `| ${[names.join(', '), kinds.join(', '), why, seen, across, source.map(link).join(', ')].join(' | ')} |`
}

/** Inline code, which may hold backticks itself. */
function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``
}

function link(source: string): string {
  return `[${source}](https://github.com/${source.replace('#', '/issues/')})`
}
