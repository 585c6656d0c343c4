import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { type FileTree, project, type RunResult } from '../harness/index.ts'
import { asOneLine, exampleOf } from './examples.ts'
import { configured, raisedInVitest, withoutPlugin } from './raise.ts'

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

  // What ERR_UNSUPPORTED_HOST shows, e2e/vitest/projects.test.ts does.
  test('a missing plugin is told as its page shows', async () => {
    const { said } = await run(name, withoutPlugin)
    expect(said).toContain(`NoHostError: ${exampleOf('ERR_NO_HOST')} `)
  })
})
