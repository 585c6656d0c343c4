// Published suites with fresh-modules and without, test by test: `npm run suites -- --folder <folder> [name …]`. Without
// arguments it says which suites it knows and what has to be in the folder.
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { absentFrom, known, runSuites, ways } from '../e2e/suites/run-suites.ts'
import { root, run } from './run.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { folder: { type: 'string' }, ways: { type: 'string' }, json: { type: 'string' } },
})

if (!values.folder) {
  console.log('npm run suites -- --folder <folder> [name …] [--ways a,b] [--json <file>]\n')
  console.log(`Ways: ${ways.map(({ name }) => name).join(', ')}.\n`)
  console.log(
    'The folder holds a checkout of each suite under its name, installed by the command next to it:\n',
  )
  for (const { name, framework, repository, commit, install, setup } of known) {
    console.log(`${name}: ${framework}; ${setup}\n  ${repository} at ${commit.slice(0, 12)}\n  ${install}`)
  }
  process.exit()
}

const fail = (message) => {
  console.error(message)
  process.exit(1)
}

const list = (names) => names.join(', ')
const asked = values.ways?.split(',').map((name) => name.trim())
const unknownWays = asked?.filter((name) => !ways.some((way) => way.name === name)) ?? []
if (unknownWays.length > 0) {
  fail(`There is no way ${list(unknownWays)}. Known: ${list(ways.map(({ name }) => name))}.`)
}
const unknown = positionals.filter((name) => !known.some((suite) => suite.name === name))
if (unknown.length > 0) {
  fail(`There is no suite ${list(unknown)}. Known: ${list(known.map(({ name }) => name))}.`)
}

const folder = resolve(values.folder)
const chosen = positionals.length > 0 ? known.filter(({ name }) => positionals.includes(name)) : known
const absent = absentFrom(folder, chosen)
const named = positionals.length > 0
if (absent.length > 0 && named) fail(`${folder} has no ${list(absent.map(({ name }) => name))}.`)
const suites = chosen.filter((suite) => !absent.includes(suite))
if (suites.length === 0) fail(`${folder} holds none of the suites.`)
if (absent.length > 0)
  console.log(`Left out, since they are not there: ${list(absent.map(({ name }) => name))}.`)

console.log('Building and packing the packages …')
if (!(await run(['turbo', 'run', 'build'], { quiet: true }))) process.exit(1)

const json = values.json ? resolve(values.json) : join(root, '.reports/suites.json')
await runSuites({ folder, suites, ways: asked, json })
