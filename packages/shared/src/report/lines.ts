/** The report in a dozen lines of a terminal. */
import { nameOfCopy } from './advice.ts'
import type { FileReport, ModuleReport, Report } from './schema.ts'

/** How many files or modules are named. */
const NAMED = 3

/** @param page where the page is, as users open it */
export function reportLines(report: Report, page: string): string[] {
  const { files, packages } = report
  return [
    `fresh-modules: the report of ${count(files.length, 'test file')}, ${page}`,
    ...leakLines(files),
    ...costLines(report),
    ...packages
      .slice(0, NAMED)
      .map(({ name, copies }) => row('twice', `${name}: ${copies.map(nameOfCopy).join('; ')}`)),
    ...(packages.length > NAMED ? [row('', `and ${packages.length - NAMED} more packages`)] : []),
    ...waitLines(report),
    ...adviceLines(report),
  ]
}

/** Whether there is nothing that anybody has to do something about. */
export function isClean({ files, packages, waits }: Report): boolean {
  return packages.length === 0 && waits.length === 0 && files.every((file) => !leavesSomething(file))
}

export function leavesSomething({ leaks, dirty }: FileReport): boolean {
  return leaks.length > 0 || dirty.length > 0
}

function leakLines(files: readonly FileReport[]): string[] {
  const leaking = files.filter(leavesSomething).sort((one, other) => sizeOf(other) - sizeOf(one))
  if (leaking.length === 0) return [row('leaks', 'no file leaves anything behind')]
  const stayed = files.flatMap(({ leaks }) => leaks).filter(({ fate }) => fate === 'stayed').length
  const fates = stayed > 0 ? `, and ${count(stayed, 'thing')} could not be put back` : ''
  const isolated = files.every(({ world }) => world === 'own')
    ? ' that files in a shared worker would see'
    : ''
  return [
    row(
      'leaks',
      `${leaking.length} of ${count(files.length, 'file')} leave something behind${isolated}${fates}`,
    ),
    ...leaking.slice(0, NAMED).map((file) => row('', `${file.path}: ${whatOf(file)}`)),
    ...(leaking.length > NAMED ? [row('', `and ${count(leaking.length - NAMED, 'more file')}`)] : []),
  ]
}

function sizeOf({ leaks, dirty }: FileReport): number {
  return leaks.filter(({ fate }) => fate === 'stayed').length * 1000 + leaks.length + dirty.length
}

function whatOf({ leaks, dirty }: FileReport): string {
  const timers = leaks.filter(({ kind }) => kind === 'timer').length
  const others = leaks.filter(({ kind }) => kind !== 'timer').map(({ what }) => what)
  const shown = others.length > NAMED ? [...others.slice(0, NAMED), `${others.length - NAMED} more`] : others
  return [
    ...shown,
    ...(timers > 0 ? [count(timers, 'timer')] : []),
    ...(dirty.length > 0 ? [`${count(dirty.length, 'module')} dirty (${dirty[0]?.path})`] : []),
  ].join(', ')
}

function costLines({ modules }: Report): string[] {
  const evaluations = modules.reduce((sum, module) => sum + module.evaluations, 0)
  const ms = modules.reduce((sum, module) => sum + module.selfMs, 0)
  const dearest = [...modules].sort((one, other) => other.selfMs - one.selfMs).slice(0, NAMED)
  return [
    row(
      'cost',
      `${count(evaluations, 'evaluation')} of ${count(modules.length, 'module')} took ${duration(ms)}`,
    ),
    ...dearest.filter(({ selfMs }) => selfMs >= 1).map((module) => row('', costOf(module))),
  ]
}

function costOf({ path, evaluations, selfMs }: ModuleReport): string {
  return `${path}: ${duration(selfMs)} in ${count(evaluations, 'evaluation')}`
}

function waitLines({ waits }: Report): string[] {
  if (waits.length === 0) return []
  const ms = waits.reduce((sum, wait) => sum + wait.ms, 0)
  const modules = [...new Set(waits.map(({ module }) => module))]
  return [row('waits', `${duration(ms)} for ${modules.slice(0, NAMED).join(', ')}`)]
}

function adviceLines({ advice }: Report): string[] {
  const [first] = advice
  if (!first) return []
  return [
    row('to do', `${first.why} ${count(advice.length, 'piece')} of advice, with lines to copy, in the page.`),
  ]
}

function row(title: string, text: string): string {
  return `  ${title.padEnd(6)} ${text}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function duration(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms)} ms`
}
