/** The text of a case's test file, for any framework. */
import { type ContractCase, testsOf } from './case.ts'

export const TEST_FILE = 'case.test.js'

const HELPERS = [
  'declareSpec',
  'FreshModulesError',
  'importFresh',
  'markNonReimportable',
  'onImport',
  'onUnload',
  'reloadInPlace',
  'requireFresh',
  'resetModules',
  'specOf',
  'unload',
  'withFlags',
  'withUnloaded',
]

/**
 * @param framework the line that brings `expect` and `test`
 * @param dir an expression for the absolute path of the case's folder
 */
export function testFile(contractCase: ContractCase, framework: string, dir: string): string {
  const timeout = contractCase.timeout === undefined ? '' : `, ${contractCase.timeout}`
  const cleanUp = `for (const name of ${JSON.stringify(globalsOf(contractCase))}) delete globalThis[name]`
  const tests = testsOf(contractCase).map(([name, text], index, { length }) => {
    const body = index === length - 1 ? `try {${text}} finally { ${cleanUp} }` : text
    return `test(${JSON.stringify(name)}, async () => {${body}}${timeout})`
  })
  return [
    framework,
    `import { ${HELPERS.join(', ')} } from 'fresh-modules'`,
    "import fs from 'node:fs'",
    "import path from 'node:path'",
    "import v8 from 'node:v8'",
    "import vm from 'node:vm'",
    "import { fileURLToPath, pathToFileURL } from 'node:url'",
    contractCase.top ?? '',
    `const dir = ${dir}`,
    TOOLS,
    ...tests,
    '',
  ].join('\n')
}

/** Globals that a case may set. Where files share a worker, the next case must not find them. */
function globalsOf({ files, top, test }: ContractCase): string[] {
  const text = JSON.stringify([files, top, test])
  return [...new Set([...text.matchAll(/globalThis\.(\w+)/g)].map(([, name = '']) => name))]
}

const TOOLS = `
// What the sources of this case report: events.push('dep evaluated').
const events = (globalThis.events = [])
const at = (file) => path.join(dir, file)
const urlOf = (file) => pathToFileURL(at(file)).href
const write = (file, text) => {
  fs.mkdirSync(path.dirname(at(file)), { recursive: true })
  fs.writeFileSync(at(file), text)
}
const remove = (file) => fs.rmSync(at(file), { recursive: true, force: true })
// What a promise or a function fails with, wrapped: anything may be thrown, undefined too.
const failure = async (run) => {
  try {
    await (typeof run === 'function' ? run() : run)
  } catch (thrown) {
    return { thrown }
  }
  throw new Error('Nothing was thrown.')
}
const caught = async (run) => (await failure(run)).thrown
const codeOf = async (run) => (await caught(run))?.code
// Ids of what is registered now, by what every host of fresh-modules shows of itself.
const registered = () => {
  const { host } = globalThis[Symbol.for('fresh-modules.host')]
  return [...host.records()].map(({ id }) => id).sort()
}
const isNotFound = (error) => ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(error?.code)
const withWarnings = async (run) => {
  const { warn } = console
  const warnings = []
  console.warn = (...words) => warnings.push(words.join(' '))
  try {
    await run()
  } finally {
    console.warn = warn
  }
  return warnings
}
// Heap in use after everything that can be collected is, in bytes.
const heapInUse = async () => {
  v8.setFlagsFromString('--expose-gc')
  const gc = vm.runInNewContext('gc')
  for (let round = 0; round < 3; round++) {
    await settled()
    gc()
  }
  return process.memoryUsage().heapUsed
}
// Sizes of all that fresh-modules remembers.
const remembered = () => {
  const { state } = globalThis[Symbol.for('fresh-modules.host')]
  const sized = Object.entries(state).filter(([, value]) => value instanceof Map || value instanceof Set)
  return Object.fromEntries(sized.map(([name, { size }]) => [name, size]))
}
// What so many calls leave on the heap, once caches and the engine's compilers are warm. The engine resizes tables of
// its own at moments of its own: what calls leave, they leave in each of two batches.
const growth = async (calls, run) => {
  const batch = async (size) => {
    for (let call = 0; call < size; call++) await run()
    return heapInUse()
  }
  const before = await batch(calls * 0.3)
  const [ids, sizes] = [registered(), remembered()]
  const middle = await batch(calls / 2)
  const after = await batch(calls / 2)
  expect(registered()).toEqual(ids)
  expect(remembered()).toEqual(sizes)
  return 2 * Math.min(middle - before, after - middle)
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 20))
const gate = () => {
  let open
  const opened = new Promise((resolve) => { open = resolve })
  return { open, opened }
}
`
