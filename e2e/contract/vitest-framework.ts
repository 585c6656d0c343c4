/** How Vitest is told of a contract project. */
import { CASES, type ContractFramework, toSource } from './project.ts'

export const vitestFramework: ContractFramework = {
  imports: "import { expect, test } from 'vitest'",
  dir: 'path.dirname(fileURLToPath(import.meta.url))',
  config: (options) => ({
    'vitest.config.js': `
      import { freshModules } from '@fresh-modules/vitest-plugin'
      export default {
        plugins: [freshModules(${toSource(options)})],
        test: {
          include: ['${CASES}/*/case.test.js'],
          // The packages of the cases: what Vitest leaves to Node is Node's to evaluate.
          server: { deps: { inline: [/\\/${CASES}\\/[^/]+\\/node_modules\\//] } },
        },
      }
    `,
  }),
}
