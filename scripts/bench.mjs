// What fresh state costs, next to every way there is today: `npm run bench`, `npm run bench -- <name> …`,
// `npm run bench -- --list`. `--rounds=<n>` multiplies the rounds. A missed goal is printed and fails nothing.
import { parseArgs } from 'node:util'
import { bars, runBench } from '../e2e/bench/run-bench.ts'
import { run } from './run.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { list: { type: 'boolean' }, rounds: { type: 'string', default: '1' } },
})

if (values.list) {
  const width = Math.max(...bars.map(({ name }) => name.length))
  for (const { name, title } of bars) console.log(`${name.padEnd(width)}  ${title}`)
  process.exit()
}

const unknown = positionals.filter((name) => !bars.some((bar) => bar.name === name))
const scale = Number(values.rounds)
if (unknown.length > 0 || !(scale > 0)) {
  console.error(
    unknown.length > 0
      ? `There is no bar ${unknown.join(', ')}. Known: ${bars.map(({ name }) => name).join(', ')}.`
      : `--rounds is a number above 0; it is "${values.rounds}".`,
  )
  process.exit(1)
}

console.log('Building and packing the packages, installing what the contenders need …')
if (!(await run(['turbo', 'run', 'build'], { quiet: true }))) process.exit(1)

const chosen = positionals.length > 0 ? bars.filter(({ name }) => positionals.includes(name)) : bars
await runBench(chosen, scale)
