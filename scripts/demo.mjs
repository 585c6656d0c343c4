// The main job on a real project: what fresh-modules does in it, and next to it what the framework itself does today.
import { printDemo } from '../e2e/demo/print.ts'
import { runDemo } from '../e2e/demo/run.ts'
import { run } from './run.mjs'

console.log('Building and packing the packages, installing them in a project …\n')
if (!(await run(['turbo', 'run', 'build'], { quiet: true }))) process.exit(1)

const succeeded = printDemo(await runDemo('vitest5'), 'Vitest', 'vi.resetModules() today')
process.exitCode = succeeded ? 0 : 1
