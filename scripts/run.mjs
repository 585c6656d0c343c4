import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Runs a command in a folder of the repository, streaming what it prints. The repository's own Node and tools come first on
 * PATH, whichever Node started this script.
 *
 * @param {string[]} command
 * @param {{ cwd?: string, env?: Record<string, string>, quiet?: boolean }} [options] quiet: prints only if it fails
 * @returns {Promise<boolean>} whether it succeeded
 */
export function run([name, ...args], { cwd = '.', env = {}, quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(name, args, {
      cwd: join(root, cwd),
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        PATH: join(root, 'node_modules/.bin') + delimiter + process.env.PATH,
        TURBO_TELEMETRY_DISABLED: '1',
        ...env,
      },
    })
    child.once('error', (error) => {
      console.error(error.message)
      resolve(false)
    })
    const printed = []
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => printed.push(chunk))
    child.once('close', (code) => {
      if (code !== 0) process.stderr.write(Buffer.concat(printed))
      resolve(code === 0)
    })
  })
}

/**
 * Runs Vitest and counts by its own report. A test file that fails to load counts as failed, and so does a run that fails
 * for any other reason or has no tests.
 *
 * @param {string} report name of the report file
 * @param {string[]} args
 * @param {Parameters<typeof run>[1]} options
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runVitest(report, args, options = {}) {
  const file = join(root, '.reports', `${report}.json`)
  rmSync(file, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const succeeded = await run(['vitest', 'run', ...reporters, ...args], options)
  const { passed, failed } = countTests(file)
  return { passed, failed: failed === 0 && (!succeeded || passed === 0) ? 1 : failed }
}

/** @param {string} file */
function countTests(file) {
  const counts = { passed: 0, failed: 0 }
  let report
  try {
    report = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return counts
  }
  for (const { status, assertionResults } of report.testResults) {
    const failedTests = assertionResults.filter((test) => test.status === 'failed').length
    counts.passed += assertionResults.filter((test) => test.status === 'passed').length
    counts.failed += status === 'failed' && failedTests === 0 ? 1 : failedTests
  }
  return counts
}
