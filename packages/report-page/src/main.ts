/** The page of the report: reads what stands in it, and shows it. */
import { nameOfCopy } from '../../shared/src/report/advice.ts'
import { isClean, leavesSomething } from '../../shared/src/report/lines.ts'
import type {
  Advice,
  FileReport,
  ModuleReport,
  PackageReport,
  Report,
} from '../../shared/src/report/schema.ts'
import { fileDetails, moduleDetails, openDialog } from './details.ts'
import { count, duration, h } from './elements.ts'
import { grid } from './grid.ts'
import { matrix } from './matrix.ts'
import { tabs } from './tabs.ts'
import { themeButton } from './theme.ts'
import { KINDS, treeMap } from './tree-map.ts'

const report = JSON.parse(document.getElementById('report')?.textContent ?? '') as Report
const { files, modules, packages, waits, advice, runs } = report

const openFile = (file: FileReport) => openDialog(file.path, fileDetails(file))
const openModule = (module: ModuleReport) =>
  openDialog(module.path, moduleDetails(module, KINDS[module.verdict]))

const pictures = [matrix(files, openFile), treeMap(modules, openModule)] as const
const [leaks, costs] = pictures
const redraw = () => {
  for (const { redraw } of pictures) redraw()
}

const leaking = files.filter(leavesSomething)
const stayed = files.flatMap((file) => file.leaks).filter(({ fate }) => fate === 'stayed')
const isIsolated = files.every(({ world }) => world === 'own')
const ms = modules.reduce((sum, module) => sum + module.selfMs, 0)

const page = document.getElementById('page') as HTMLElement
page.append(
  h(
    'header',
    {},
    h('h1', {}, 'fresh-modules report'),
    h(
      'p',
      { class: 'run' },
      runs.map(({ host, node, endedAt }) => `${host} on Node ${node}, ${endedAt}`).join('; '),
    ),
    themeButton(redraw),
  ),
  h('p', { class: isClean(report) ? 'verdict clean' : 'verdict', id: 'verdict' }, verdictText()),
  ...tabs(
    [
      { name: 'files', title: `Files (${files.length})`, content: filesPart() },
      { name: 'modules', title: `Modules (${modules.length})`, content: modulesPart() },
      { name: 'packages', title: `Twice (${packages.length})`, content: packagesPart() },
      { name: 'waits', title: `Waits (${waits.length})`, content: waitsPart() },
      { name: 'advice', title: `To do (${advice.length})`, content: advicePart() },
    ],
    redraw,
  ),
)
window.addEventListener('resize', redraw)
redraw()

function verdictText(): string {
  if (isClean(report)) {
    return `All clean: ${count(files.length, 'test file')} left nothing behind, no package is there twice, and nobody waited.`
  }
  return [
    leaking.length === 0
      ? 'No file leaves anything behind.'
      : `${leaking.length} of ${count(files.length, 'test file')} leave something behind${
          isIsolated ? ', which files in a shared worker would see' : ''
        }${stayed.length > 0 ? `; ${count(stayed.length, 'thing')} could not be put back` : ''}.`,
    packages.length > 0 ? `${count(packages.length, 'package')} loaded in more than one copy.` : '',
    waits.length > 0
      ? `Files waited ${duration(waits.reduce((sum, wait) => sum + wait.ms, 0))} for others.`
      : '',
  ]
    .filter(Boolean)
    .join(' ')
}

function filesPart(): HTMLElement {
  const legend = [
    ['stayed', 'could not be put back'],
    ['put-back', 'was put back'],
    [
      'isolated',
      isIsolated ? 'ended with the file; would be seen in a shared worker' : 'nobody came after it',
    ],
  ] as const
  return h(
    'div',
    {},
    ...(leaking.length > 0
      ? [leaks.element, legendOf(legend)]
      : [h('p', { class: 'empty' }, 'No file leaves anything behind: there is nothing to draw.')]),
    grid<FileReport>({
      label: 'Test files',
      rows: files,
      columns: [
        { title: 'Test file', value: ({ path }) => path },
        { title: 'Leaks', value: (file) => file.leaks.length },
        { title: 'Dirty', value: ({ dirty }) => dirty.length },
        { title: 'Resets', value: ({ resets }) => resets },
        { title: 'Evaluations', value: ({ evaluations }) => evaluations },
        {
          title: 'Evaluating',
          value: ({ evaluationMs }) => evaluationMs,
          text: ({ evaluationMs }) => duration(evaluationMs),
        },
        { title: 'Time', value: (file) => file.ms, text: (file) => duration(file.ms) },
      ],
      sortedBy: 1,
      open: openFile,
    }),
  )
}

function modulesPart(): HTMLElement {
  const legend = Object.entries(KINDS)
  return h(
    'div',
    {},
    h(
      'p',
      {},
      `${duration(ms)} in all. The larger, the longer; what a module waits for its imports is theirs.`,
    ),
    costs.element,
    legendOf(legend),
    grid<ModuleReport>({
      label: 'Modules',
      rows: modules,
      columns: [
        { title: 'Module', value: ({ path }) => path },
        { title: 'By itself', value: ({ selfMs }) => selfMs, text: ({ selfMs }) => duration(selfMs) },
        { title: 'Evaluations', value: ({ evaluations }) => evaluations },
        { title: 'Files', value: (module) => module.files },
        { title: 'Dirty in', value: ({ dirtyIn }) => dirtyIn },
        { title: 'Verdict', value: ({ package: pkg, verdict }) => pkg ?? KINDS[verdict] },
        { title: 'Kept', value: ({ kept }) => kept[0]?.reason ?? '' },
      ],
      sortedBy: 1,
      open: openModule,
    }),
  )
}

function packagesPart(): HTMLElement {
  if (packages.length === 0) return h('p', { class: 'empty' }, 'No package was loaded in more than one copy.')
  return h('div', {}, ...packages.map(packageArticle))
}

function packageArticle({ name, knownSingleton, copies, files }: PackageReport): HTMLElement {
  return h(
    'article',
    {},
    h('h2', {}, name),
    h(
      'p',
      {},
      `${count(copies.length, 'copy').replace('copys', 'copies')} met in ${files.join(', ')}.`,
      knownSingleton ? ' It is known to break so.' : '',
    ),
    ...copies.map((copy) =>
      h(
        'div',
        { class: 'copy' },
        h('h3', {}, nameOfCopy(copy)),
        h(
          'ol',
          { 'aria-label': 'Imported by' },
          h('li', {}, copy.dir),
          ...copy.chain.map((id) => h('li', {}, id)),
        ),
      ),
    ),
  )
}

function waitsPart(): HTMLElement {
  if (waits.length === 0)
    return h('p', { class: 'empty' }, 'Nobody waited for a module that lives in one worker at a time.')
  return grid({
    label: 'Waits',
    rows: waits,
    columns: [
      { title: 'Test file', value: ({ file }) => file },
      { title: 'Waited', value: (wait) => wait.ms, text: (wait) => duration(wait.ms) },
      { title: 'For', value: ({ module }) => module },
      { title: 'Held by', value: ({ heldBy = '' }) => heldBy },
    ],
    sortedBy: 1,
    open: ({ file }) => {
      const found = files.find(({ path }) => path === file)
      if (found) openFile(found)
    },
  })
}

function advicePart(): HTMLElement {
  if (advice.length === 0) return h('p', { class: 'empty' }, 'Nothing to do.')
  return h('div', {}, ...advice.map(adviceArticle))
}

function adviceArticle({ subject, why, lines, where }: Advice): HTMLElement {
  const text = lines.join('\n')
  const copy = h('button', { type: 'button' }, 'Copy')
  const code = h('pre', { tabindex: 0 }, text)
  copy.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text)
    copy.textContent = 'Copied'
  })
  return h(
    'article',
    {},
    h('h2', {}, subject),
    h('p', {}, why),
    h('p', { class: 'where' }, `For ${where}:`),
    code,
    copy,
  )
}

function legendOf(entries: readonly (readonly [string, string])[]): HTMLElement {
  return h(
    'ul',
    { class: 'legend' },
    ...entries.map(([name, text]) =>
      h('li', {}, h('span', { class: 'swatch', style: `background: var(--${name})` }), text),
    ),
  )
}
