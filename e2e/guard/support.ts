/** Projects with and without us, in both frameworks. */
import { expect } from 'vitest'
import { type FileTree, type Host, type Project, project, type RunResult } from '../harness/index.ts'
import { compilers } from '../jest/support.ts'

export interface AppOptions {
  readonly files: FileTree
  /** Fields of Vitest's `test` or of Jest's config, as source text. */
  readonly config?: string
  /** Fields of Vitest's config other than `test`, as source text. */
  readonly vite?: string
  /** Options of the adapter, as source text; `plain`: the framework without us. */
  readonly options?: string | 'plain'
}

/** A project whose only config is here, of the host's framework. */
export function guardedApp(host: Host, { files, options = '', config, vite }: AppOptions): Promise<Project> {
  return project(host.name, {
    ...configOf(host, options, config, vite),
    'package.json': '{ "name": "app", "private": true }\n',
    ...files,
  })
}

/** The config file of a project, for those who mend it. */
export function configOf({ framework }: Host, options = '', config = '', vite = ''): FileTree {
  const isPlain = options === 'plain'
  if (framework === 'vitest') {
    return {
      'vitest.config.mjs': `
        import { defineConfig } from 'vitest/config'
        ${isPlain ? '' : "import { freshModules } from '@fresh-modules/vitest-plugin'"}
        export default defineConfig({
          plugins: [${isPlain ? '' : `freshModules(${options})`}],
          test: { ${config} },
          ${vite}
        })
      `,
    }
  }
  const environment = `
    testEnvironment: '@fresh-modules/jest-env',
    testEnvironmentOptions: { freshModules: ${options || '{}'} },
  `
  return {
    'jest.config.cjs': `module.exports = { ${isPlain ? '' : environment} ${compilers[0]?.fields}, ${config} }\n`,
  }
}

/** A test file for the framework of the host, from one that says RESET where it calls the framework's own reset. */
export function testFor({ framework }: Host, body: string, reset = true): string {
  const api = framework === 'vitest' ? 'vi' : 'jest'
  const from = framework === 'vitest' ? 'vitest' : '@jest/globals'
  const imports = `import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, ${api}, test } from '${from}'`
  return `${imports}\n${body.replaceAll('RESET', reset ? `${api}.resetModules()` : '').replaceAll('MOCK', api)}`
}

/** What a run says of one of its test files. */
export function fileOf(result: RunResult, name: string) {
  const file = result.files.find(({ file }) => file.endsWith(`/${name}`))
  const tests = result.tests.filter(({ file }) => file.endsWith(`/${name}`))
  expect(file ?? tests[0], `${name} is not in the report\n${result.output}`).toBeDefined()
  return {
    status: file?.status,
    tests,
    text: [file?.message, ...tests.flatMap(({ messages }) => messages)].join('\n'),
  }
}
