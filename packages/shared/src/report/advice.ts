/** What to write, as lines to copy. Each has a reason that the report shows. */
import type { Advice, FileReport, ModuleReport, PackageReport, Report } from './schema.ts'

/** Everything but the advice itself. */
type Facts = Omit<Report, 'advice'>

const SPECS = 'the specs option'
/** A module whose evaluations cost less than this, in milliseconds, is not worth a line. */
const DEAR = 50
/** What `isolate: false` has to save to be worth telling, in milliseconds. */
const WORTH_SHARING = 500
/** Of one kind. */
const MOST = 10

export function adviceFor(facts: Facts): Advice[] {
  return [
    ...facts.files.flatMap(stayedAdvice).slice(0, MOST),
    ...facts.packages.map(packageAdvice),
    ...facts.modules.flatMap(notTwiceAdvice).slice(0, MOST),
    ...facts.files.flatMap(variableAdvice).slice(0, MOST),
    ...facts.modules.flatMap(effectAdvice).slice(0, MOST),
    ...[...facts.modules]
      .sort((one, other) => other.selfMs - one.selfMs)
      .flatMap(costAdvice)
      .slice(0, MOST),
    ...sharingAdvice(facts),
  ]
}

function stayedAdvice({ path, leaks }: FileReport): Advice[] {
  const stayed = leaks.filter(({ fate }) => fate === 'stayed')
  if (stayed.length === 0) return []
  const whats = stayed.map(({ what }) => what).join(', ')
  return [
    {
      about: 'leak',
      subject: path,
      why: `${whats} could not be put back, so files that share its worker see it.`,
      lines: ['afterAll(() => {', ...stayed.map(({ what }) => `  // undo: ${what}`), '})'],
      where: path,
    },
  ]
}

function variableAdvice({ path, leaks }: FileReport): Advice[] {
  const names = leaks.flatMap(({ what, kind }) =>
    kind === 'variable' ? [what.slice('process.env.'.length)] : [],
  )
  if (names.length === 0) return []
  const text = JSON.stringify(names)
  return [
    {
      about: 'leak',
      subject: path,
      why: `It leaves ${names.map((name) => `process.env.${name}`).join(', ')} changed.`,
      lines: [
        `const before = ${text}.map((name) => [name, process.env[name]])`,
        'afterAll(() => {',
        '  for (const [name, value] of before) value === undefined ? delete process.env[name] : (process.env[name] = value)',
        '})',
      ],
      where: `the top of ${path}`,
    },
  ]
}

function packageAdvice({ name, copies, knownSingleton }: PackageReport): Advice {
  const dirs = new Set(copies.map(({ dir }) => dir))
  const versions = new Set(copies.map(({ version }) => version))
  const why = `${copies.length} copies of it are loaded: ${copies.map(nameOfCopy).join(', ')}.`
  const refuse = refusingRule({ name, copies }, 'two copies do not know each other')
  const lines = dirs.size === 1 ? [refuse] : [versions.size > 1 ? `npm ls ${name}` : 'npm dedupe', refuse]
  return {
    about: 'package',
    subject: name,
    why: knownSingleton ? `${why} It is known to break so.` : why,
    lines,
    where:
      dirs.size === 1
        ? SPECS
        : `a terminal, to see who asks for which; then ${SPECS}, to have a second one refused`,
  }
}

/** The rule by which the second of these copies would have been refused: those of other folders count where it says so. */
export function refusingRule(
  { name, copies }: Pick<PackageReport, 'name' | 'copies'>,
  reason?: string,
): string {
  const count = (of: 'dir' | 'version') => new Set(copies.map((copy) => copy[of])).size
  const across = count('version') > 1 ? ", across: 'versions'" : count('dir') > 1 ? ", across: 'places'" : ''
  const why = reason === undefined ? '' : `, reason: '${reason}'`
  return `{ match: '${name}', allowReimport: false${across}${why} }`
}

/** What tells copies apart. */
export function nameOfCopy({ version, format, loader }: PackageReport['copies'][number]): string {
  const formats = { esm: 'ES module', cjs: 'CommonJS', unknown: 'unknown format' }
  return [version, formats[format], `by ${loader}`].filter(Boolean).join(' ')
}

const NOT_TWICE = 'it cannot be evaluated again'

function notTwiceAdvice({ path, kept }: ModuleReport): Advice[] {
  const reason = kept.find(({ reason }) => reason.startsWith(NOT_TWICE))?.reason
  if (reason === undefined) return []
  return [
    {
      about: 'kept',
      subject: path,
      why: `Resets keep it: ${reason}.`,
      lines: [`{ match: './${path}', reset: false, reason: 'cannot be evaluated twice' }`],
      where: SPECS,
    },
  ]
}

const CHANGES = /^(\S+):(\d+) changes .+, which stays: (.+)$/

function effectAdvice({ path, kept }: ModuleReport): Advice[] {
  for (const { reason } of kept) {
    const [, , line, text] = CHANGES.exec(reason) ?? []
    if (text === undefined) continue
    return [
      {
        about: 'kept',
        subject: path,
        why: `Resets keep it for what it does in line ${line}. If it can undo that, it is fresh in each test.`,
        lines: [
          "import { onUnload } from 'fresh-modules'",
          'onUnload(import.meta, () => {',
          `  // undo: ${text}`,
          '})',
        ],
        where: path,
      },
    ]
  }
  return []
}

function costAdvice({ path, package: pkg, selfMs, evaluations, files, verdict }: ModuleReport): Advice[] {
  // One evaluation for each file is the framework's isolation.
  if (pkg !== undefined || selfMs < DEAR || evaluations < files * 2 || verdict === 'none') return []
  const cost = `${Math.round(selfMs)} ms in ${evaluations} evaluations`
  return [
    {
      about: 'cost',
      subject: path,
      why: `${cost}. If its tests do not need it fresh, it can be kept between them.`,
      lines: [`{ match: './${path}', reset: false, reason: '${cost}' }`],
      where: SPECS,
    },
  ]
}

function sharingAdvice({ runs, files, modules }: Facts): Advice[] {
  const isVitest = runs.every(({ host }) => host.startsWith('Vitest'))
  if (!isVitest || files.length < 2 || files.some(({ world }) => world === 'shared')) return []
  const ms = savedBySharing({ runs, modules })
  if (ms < WORTH_SHARING) return []
  return [
    {
      about: 'isolation',
      subject: 'isolate: false',
      why: `Packages were evaluated again for each file. Files that share workers would save about ${Math.round(ms)} ms of that, and the start of a worker for each.`,
      lines: ['test: { isolate: false }'],
      where: 'the Vitest config',
    },
  ]
}

/** What packages cost beyond one evaluation in each of the workers that run at a time. */
function savedBySharing({ runs, modules }: Pick<Facts, 'runs' | 'modules'>): number {
  const workers = runs.reduce((sum, { parallel }) => sum + parallel, 0)
  let ms = 0
  for (const { package: pkg, selfMs, evaluations } of modules) {
    if (pkg !== undefined && evaluations > workers) ms += selfMs * (1 - workers / evaluations)
  }
  return ms
}
