/** Prints a run of the demo for people who see it for the first time. */
import { type Heading, headings } from './headings.ts'
import type { DemoRun, Part } from './run.ts'

const width = 110
const isColoured = process.stdout.isTTY && !process.env['NO_COLOR']
const paint = (code: number) => (text: string) => (isColoured ? `\u001B[${code}m${text}\u001B[0m` : text)
const bold = paint(1)
const dim = paint(2)
const green = paint(32)
const red = paint(31)

/** @returns whether everything is as shown. */
export function printDemo(run: DemoRun, framework: string, today: string): boolean {
  const { versions } = run
  const app = ['react', 'graphql', 'prom-client'].map((name) => `${name} ${versions[name]}`).join(', ')
  console.log(bold(`fresh-modules in ${framework} ${versions[framework.toLowerCase()]}`))
  console.log(`A small shop with ${app}. Every line below was asserted by a test of this run.\n`)

  let passed = true
  headings.forEach((heading, index) => {
    const fresh = run.part(heading.topic, 'with fresh-modules')
    const before = run.part(heading.topic, 'today')
    printHeading(index + 1, heading)
    printPart(fresh, 'with fresh-modules', green('✔'))
    printPart(before, today, red('✘'))
    console.log()
    passed &&= [fresh, before].every((part) => part.passed && part.notes.length > 0)
  })
  const complete = run.result.exitCode === 0 && run.result.tests.length === 2 * headings.length
  if (passed && complete) {
    console.log(`${run.result.passed} tests passed: everything is as shown.`)
    return true
  }
  console.log(`${red('Not everything is as shown.')} The framework said:\n${run.result.output}`)
  return false
}

function printHeading(number: number, { title, call }: Heading): void {
  console.log(bold(`${number}. ${title}`))
  console.log(`   ${dim(call)}`)
}

function printPart({ passed, notes }: Part, side: string, mark: string): void {
  console.log(`   ${side}${passed ? '' : red(': FAILED')}`)
  const column = Math.max(...notes.map(({ what }) => what.length))
  for (const { what, value } of notes) {
    const [first, ...rest] = value.split('\n').flatMap((line) => wrap(line, width - column - 9))
    console.log(`     ${mark} ${what.padEnd(column)}  ${first}`)
    for (const line of rest) console.log(`${' '.repeat(column + 9)}${line}`)
  }
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
