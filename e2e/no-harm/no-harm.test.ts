/** Files that are green without fresh-modules are green with its defaults, in every framework and for every compiler. */
import { beforeAll, describe, expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { type FileTree, type Host, project, type RunResult } from '../harness/index.ts'
import { compilers, configWith as jestConfig } from '../jest/support.ts'
import { configWith as vitestConfig } from '../vitest/support.ts'
import { fresh, type Input, inputs, setupFiles, setupTree } from './inputs.ts'

const all: Readonly<Record<string, Input>> = { ...inputs, ...fresh }

/** The names of what there is in a framework. */
function namesIn(framework: 'vitest' | 'jest', cases: Readonly<Record<string, Input>>): string[] {
  return Object.keys(cases).filter((name) => (cases[name]?.only ?? framework) === framework)
}

function ofNames(names: readonly string[]): Record<string, Input> {
  return Object.fromEntries(names.map((name) => [name, all[name] as Input]))
}

const setup = JSON.stringify(setupFiles)

describeHosts('vitest', (host) => {
  const header = "import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'\n"
  const names = namesIn('vitest', all)
  const own = namesIn('vitest', inputs)
  const tree = (config: string): FileTree => ({
    'vitest.config.ts': config,
    ...setupTree('vitest'),
    ...filesOf(ofNames(names), (text) => header + forVitest(text)),
  })
  const include = `include: ['facts/**/*.test.ts'], setupFiles: ${setup}`
  const plain = `import { defineConfig } from 'vitest/config'\nexport default defineConfig({ test: { ${include} } })`
  describeRun(host, 'without us', tree(plain), own)
  describeRun(host, 'with the defaults', tree(vitestConfig({ test: include })), names)
  const shared = `${include}, isolate: false, sequence: { shuffle: { files: true } }`
  describeRun(host, 'in a shared worker', tree(vitestConfig({ test: shared })), names)
  const between = { test: `${include}, isolate: false`, options: "{ resetBetween: 'files' }" }
  describeRun(host, 'in a shared worker, between files', tree(vitestConfig(between)), own)
})

describeHosts('jest', (host) => {
  const tree = (config: string, names: readonly string[]): FileTree => ({
    'jest.config.cjs': config,
    ...setupTree('jest'),
    ...filesOf(ofNames(names), forJest),
  })
  const babel = compilers.find(({ name }) => name === 'babel-jest')
  const own = namesIn('jest', inputs)
  const setupField = `setupFilesAfterEnv: ${setup.replace('./setup', '<rootDir>/setup')},`
  describeRun(host, 'without us', tree(`module.exports = { ${setupField} ${babel?.fields} }`, own), own)
  for (const { name, ending, fields, files } of compilers) {
    if (ending !== 'ts') continue
    // esbuild does not hoist jest.mock, and makes namespaces that cannot be spied on.
    const canMock = name !== 'esbuild'
    const names = namesIn('jest', all).filter(
      (input) => canMock || !/\$mock|spyOn/.test(all[input]?.test ?? ''),
    )
    const withOurs = { ...tree(jestConfig(`${setupField} ${fields}`, '{}'), names), ...files }
    describeRun(host, `with the defaults, by ${name}`, withOurs, names)
  }
})

function describeRun(host: Host, title: string, tree: FileTree, names: readonly string[]): void {
  describe(title, () => {
    let result: RunResult
    beforeAll(async () => {
      result = await (await project(host.name, tree)).run([], { timeout: 400_000 })
    }, 500_000)

    test.each(names)('%s', (name) => {
      const folder = `/facts/${folderOf(name)}/`
      const tests = result.tests.filter(({ file }) => file.replaceAll('\\', '/').includes(folder))
      expect(tests.length, result.output).toBeGreaterThan(0)
      const failed = tests.filter(({ status }) => status === 'failed')
      expect(
        failed.map(({ name, messages }) => `${name}: ${messages.join('\n')}`),
        result.output,
      ).toEqual([])
    })
  })
}

function filesOf(cases: Readonly<Record<string, Input>>, write: (test: string) => string): FileTree {
  const tree: Record<string, string> = {}
  for (const [name, { files, test, tests = {} }] of Object.entries(cases)) {
    const folder = `facts/${folderOf(name)}`
    for (const [path, text] of Object.entries(files)) tree[`${folder}/${path}`] = text as string
    for (const [path, text] of Object.entries({ 'case.test.ts': test, ...tests })) {
      tree[`${folder}/${path}`] = write(text as string)
    }
  }
  return tree
}

const folderOf = (name: string): string => name.replaceAll(/\W+/g, '-')

/** `$mock(path, ($actual) => …)` in the framework's own words. */
function forVitest(text: string): string {
  return text
    .replaceAll(
      /\$mock\(('[^']+'), \(\$actual\) => /g,
      'vi.mock($1, async (original) => { const actual: any = await original(); return ',
    )
    .replaceAll(/^(\s*vi\.mock\('[^']+', async .*)\)$/gm, '$1 })')
    .replaceAll('$mock(', 'vi.mock(')
    .replaceAll('$actual', 'actual')
    .replaceAll('$fw', 'vi')
}

function forJest(text: string): string {
  return text
    .replaceAll(
      /\$mock\(('[^']+'), \(\$actual\) => /g,
      'jest.mock($1, () => { const actual = jest.requireActual($1) as any; return ',
    )
    .replaceAll(/^(\s*jest\.mock\('[^']+', \(\) => \{ const .*)\)$/gm, '$1 })')
    .replaceAll('$mock(', 'jest.mock(')
    .replaceAll('$actual', 'actual')
    .replaceAll('$fw', 'jest')
}
