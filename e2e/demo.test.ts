import { expect, test } from 'vitest'
import { headings } from './demo/headings.ts'
import { runDemo } from './demo/run.ts'
import { describeHosts } from './harness/describe-hosts.ts'

describeHosts(['vitest', 'jest'], ({ name }) => {
  test('everything that the demo shows holds', async () => {
    const { result, part } = await runDemo(name)
    expect(result, result.output).toMatchObject({ exitCode: 0, failed: 0, passed: 2 * headings.length })
    for (const { topic } of headings) {
      for (const side of ['with fresh-modules', 'today'] as const) {
        expect(part(topic, side)).toMatchObject({
          passed: true,
          notes: expect.arrayContaining([expect.anything()]),
        })
      }
    }
  })
})
