import { expect } from 'vitest'
import { type FileTree, type Host, project, type RunOptions, type RunResult } from '../harness/index.ts'

/** Runs the tests of a small project by `node --test`; all of them have to pass, and there have to be some. */
export async function passes(host: Host, files: FileTree, options: RunOptions = {}): Promise<RunResult> {
  const result = await run(host, files, options)
  expect(result.failed, result.output).toBe(0)
  expect(result.passed, result.output).toBeGreaterThan(0)
  return result
}

export async function run(host: Host, files: FileTree, options: RunOptions = {}): Promise<RunResult> {
  const app = await project(host.name, files)
  return app.run(['--test'], options)
}
