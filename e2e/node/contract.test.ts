/** The contract in plain Node, by `node --test`: as ES modules, and compiled to CommonJS. */
import type ts from 'typescript'
import { describe } from 'vitest'
import { type ContractHost, contractHosts } from '../contract/hosts.ts'
import { type ContractFramework, toSource } from '../contract/project.ts'
import { describeContract } from '../contract/run-contract.ts'
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode } from '../harness/index.ts'

const config = (type: string, options: object, more = '') => ({
  'package.json': JSON.stringify({ name: 'app', private: true, type }),
  'setup.mjs': `
    import { registerNode } from 'fresh-modules/internal'
    registerNode({ root: import.meta.dirname, options: ${toSource(options)} })
    ${more}
  `,
})

/** Turns the source of an ES module into CommonJS. It runs in the project, by its text. */
function toCommonJs(typescript: typeof ts, source: string): string {
  const text = source
    .replaceAll('import.meta.url', "require('node:url').pathToFileURL(__filename).href")
    .replaceAll('import.meta', 'module')
  const compilerOptions = {
    module: typescript.ModuleKind.CommonJS,
    target: typescript.ScriptTarget.ES2022,
    esModuleInterop: true,
  }
  return typescript.transpileModule(text, { compilerOptions }).outputText
}

/** As tools that compile on the fly do it. */
const compileOnTheFly = `
  import fs from 'node:fs'
  import nodeModule, { createRequire } from 'node:module'
  const require = createRequire(import.meta.url)
  const toCommonJs = ${toCommonJs.toString()}
  const compiled = new Map()
  const evaluate = nodeModule._extensions['.js']
  nodeModule._extensions['.js'] = (module, file) => {
    const source = fs.readFileSync(file, 'utf8')
    if (!file.includes('/cases/') || !/^\\s*(?:ex|im)port\\b/m.test(source)) return evaluate(module, file)
    if (!compiled.has(source)) compiled.set(source, toCommonJs(require('typescript'), source))
    module._compile(compiled.get(source), file)
  }
`

const esModules: ContractFramework = {
  imports: "import { expect } from 'expect'\nimport test from 'node:test'",
  dir: 'path.dirname(fileURLToPath(import.meta.url))',
  config: (options) => config('module', options),
}

const commonJs: ContractFramework = {
  imports: esModules.imports,
  dir: '__dirname',
  config: (options) => config('commonjs', options, compileOnTheFly),
  convert: (path, contents) =>
    path.endsWith('package.json') ? contents.replace(/"type":\s*"module"/, '"type": "commonjs"') : contents,
}

/** Node 20 has no hooks by which requests of copies alone could be resolved otherwise. */
function commonJsHost(): ContractHost {
  const host = contractHosts['node-cjs']
  const lacks = { ...host.lacks, conditions: 'Node 20 has one set of conditions for all modules' }
  return chosenNode() < 22 ? { ...host, lacks } : host
}

const args = ['--test', '--test-concurrency=2']
const nodeArgs = ['--import', './setup.mjs']

describeHosts('node', (host) => {
  describe('CommonJS', () => {
    describeContract(host, { framework: commonJs, contractHost: commonJsHost(), args, nodeArgs })
  })

  describe.skipIf(chosenNode() < 22)('ES modules', () => {
    describeContract(host, { framework: esModules, contractHost: contractHosts['node-esm'], args, nodeArgs })
  })
})
