// The end-to-end suites on every framework version and every Node that we support. FRESH_MODULES_HOSTS and
// FRESH_MODULES_NODE, comma-separated lists both, narrow it down.
import { canInstallNode, hosts } from '../e2e/harness/index.ts'
import { run, runVitest } from './run.mjs'

const list = (variable) => process.env[variable]?.split(',').map((item) => item.trim())

const currentNode = Number.parseInt(process.versions.node, 10)
const nodes = canInstallNode ? (list('FRESH_MODULES_NODE')?.map(Number) ?? [20, 22, 24, 26]) : [currentNode]
if (!canInstallNode)
  console.log(`Other Nodes can be installed on linux-x64 only: using Node ${currentNode} alone.`)

const wanted = list('FRESH_MODULES_HOSTS') ?? hosts.map((host) => host.name)
const unknown = wanted.filter((name) => !hosts.some((host) => host.name === name))
if (unknown.length > 0) {
  console.error(
    `There is no host ${unknown.join(', ')}. Known: ${hosts.map((host) => host.name).join(', ')}.`,
  )
  process.exit(1)
}

if (!(await run(['turbo', 'run', 'build']))) process.exit(1)

let failures = 0
const rows = []
for (const host of hosts.filter((host) => wanted.includes(host.name))) {
  const row = [host.title]
  for (const node of nodes) {
    row.push(await cell(host, node))
  }
  rows.push(row)
}

async function cell(host, node) {
  if (node < host.oldestNode) return 'unsupported'
  console.log(`\n=== ${host.title}, Node ${node} ===\n`)
  const env = { FRESH_MODULES_HOSTS: host.name, FRESH_MODULES_NODE: String(node) }
  const { passed, failed } = await runVitest(`matrix-${host.name}-node${node}`, [], { cwd: 'e2e', env })
  failures += failed
  return failed === 0 ? `${passed} passed` : `${passed} passed, ${failed} failed`
}

const header = ['', ...nodes.map((node) => `Node ${node}`)]
const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column].length)))
const line = (row) => `| ${row.map((text, column) => text.padEnd(widths[column])).join(' | ')} |`
console.log(`\n${line(header)}\n${line(widths.map((width) => '-'.repeat(width)))}`)
for (const row of rows) console.log(line(row))

process.exitCode = failures === 0 ? 0 : 1
