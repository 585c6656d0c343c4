// Everything that has to hold before a change goes in. `npm test -- unit e2e` runs the named stages alone.
import { run, runVitest } from './run.mjs'

/** A check that passes or fails as a whole counts as one. */
const gate = async (command, options) => {
  const succeeded = await run(command, options)
  return { passed: Number(succeeded), failed: Number(!succeeded) }
}

const stages = {
  build: { run: () => gate(['turbo', 'run', 'build']) },
  lint: { run: () => gate(['biome', 'check', '.']) },
  types: { run: () => gate(['turbo', 'run', 'typecheck', '--continue']) },
  knip: { run: () => gate(['knip']) },
  // The same without tests: what only they use is dead.
  production: { run: () => gate(['knip', '--production']) },
  packages: {
    needsBuild: true,
    run: () => gate(['npm', 'run', 'check:package', '--workspaces', '--if-present']),
  },
  unit: { run: () => runVitest('unit', ['--sequence.shuffle']) },
  e2e: { needsBuild: true, run: () => runVitest('e2e', [], { cwd: 'e2e' }) },
}

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !(name in stages))
if (unknown.length > 0) {
  console.error(`There is no stage ${unknown.join(', ')}. Known: ${Object.keys(stages).join(', ')}.`)
  process.exit(1)
}
if (chosen.some((name) => stages[name].needsBuild)) chosen.push('build')

const total = { passed: 0, failed: 0 }
let built = false
for (const [name, stage] of Object.entries(stages)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  console.log(`\n=== ${name} ===\n`)
  if (stage.needsBuild && !built) {
    console.log('Not run: the build failed.')
    total.failed += 1
    continue
  }
  const { passed, failed } = await stage.run()
  if (name === 'build') built = failed === 0
  console.log(`\n${name}: ${passed} passed, ${failed} failed`)
  total.passed += passed
  total.failed += failed
}

process.exitCode = total.failed === 0 ? 0 : 1
console.log(`\n${total.passed} passed, ${total.failed} failed`)
