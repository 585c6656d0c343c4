/** Runs a contract case in this process: its project in a temporary folder, on a host of its own. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ContractCase } from '../../../e2e/contract/case.ts'
import { rulesIn } from '../../../e2e/contract/case.ts'
import { TEST_FILE, testFile } from '../../../e2e/contract/test-file.ts'
import { compileRules } from '../src/flags/config.ts'
import { createCoreState } from '../src/host/core-state.ts'
import { installHost } from '../src/host/host-slot.ts'
import { fileEnded, testEnded, testStarted } from '../src/host/lifecycle.ts'
import type { ModuleId } from '../src/host/module-id.ts'
import type { SpecRule } from '../src/host/module-spec.ts'
import * as freshModules from '../src/index.ts'
import { MemoryHost } from './memory-host.ts'

type Body = () => Promise<void>

/** `framework`: what the test file imports besides fresh-modules, without `test`. */
export async function runCase(contractCase: ContractCase, framework: object): Promise<void> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'fresh-modules-contract-')))
  const tests: Body[] = []
  const externals = {
    'fresh-modules': freshModules,
    'contract-framework': { ...framework, test: (_name: string, body: Body) => tests.push(body) },
  }
  const file = join(root, TEST_FILE)
  const text = testFile(
    contractCase,
    "import { expect, test } from 'contract-framework'",
    JSON.stringify(root),
  )
  writeTree(root, {
    'package.json': '{ "name": "app", "type": "module" }',
    ...contractCase.files,
    [TEST_FILE]: text,
  })

  const state = createCoreState(compileRules(rulesIn('.', contractCase) as SpecRule[], root))
  const host = new MemoryHost({ root, testFile: file, state, externals })
  const globalsBefore = new Set(Reflect.ownKeys(globalThis))
  const uninstall = installHost(globalThis, { host, state })
  try {
    await host.load(file as ModuleId, file)
    for (const body of tests) {
      testStarted(state, body)
      try {
        await body()
      } finally {
        await testEnded(state, body)
      }
    }
  } finally {
    await fileEnded(state)
    uninstall()
    for (const key of Reflect.ownKeys(globalThis))
      if (!globalsBefore.has(key)) Reflect.deleteProperty(globalThis, key)
    rmSync(root, { recursive: true, force: true })
  }
}

function writeTree(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), contents)
  }
}
