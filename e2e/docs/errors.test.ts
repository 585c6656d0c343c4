import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { type FileTree, project, type RunResult } from '../harness/index.ts'
import { readPage } from './examples.ts'
import { configured, inBrowserMode, raisedInVitest, withoutPlugin } from './raise.ts'

const asOneLine = (text: string): string => text.replace(/\s+/g, ' ')

/** The example of a page, as one line. */
function exampleOf(code: string): string {
  const [, example] =
    /## Example[\s\S]*?```text\n([\s\S]*?)```/.exec(readPage(`docs/errors/${code}.md`)) ?? []
  if (example === undefined) throw new Error(`docs/errors/${code}.md has no example`)
  return asOneLine(example).trim()
}

async function run(host: string, files: FileTree): Promise<{ result: RunResult; said: string }> {
  const app = await project(host, files)
  const result = await app.run()
  // Pages show one version.
  const output = result.output.replaceAll(app.dir, '/app').replaceAll(/Vitest \d+\.\d+\.\d+/g, 'Vitest 5.1.1')
  return { result, said: asOneLine(output) }
}

describeHosts('vitest', ({ name }) => {
  test('helpers say what the pages of their errors show', async () => {
    const { result, said } = await run(name, configured)
    expect(result.tests.map((test) => test.name).sort(), result.output).toEqual(
      Object.keys(raisedInVitest).sort(),
    )
    for (const code of Object.keys(raisedInVitest)) {
      expect(said).toContain(`Error: ${exampleOf(code)} `)
    }
  })

  test('a missing plugin is told as its page shows', async () => {
    const { said } = await run(name, withoutPlugin)
    expect(said).toContain(`NoHostError: ${exampleOf('ERR_NO_HOST')} `)
  })

  test('browser mode is refused as its page shows', async () => {
    const { result, said } = await run(name, inBrowserMode)
    expect(result.exitCode).toBe(1)
    expect(said).toContain(`UnsupportedHostError: ${exampleOf('ERR_UNSUPPORTED_HOST')} `)
  })
})
