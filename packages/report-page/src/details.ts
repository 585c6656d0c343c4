/** What is known of one file or module, over the page. */
import type { FileReport, ModuleReport } from '../../shared/src/report/schema.ts'
import { count, duration, h } from './elements.ts'

export function fileDetails(file: FileReport): HTMLElement[] {
  const { leaks, dirty, notes } = file
  return [
    h(
      'p',
      {},
      `${duration(file.ms)} in ${file.worker}, in ${file.world === 'own' ? 'a world of its own' : 'a shared worker'}; ` +
        `${count(file.evaluations, 'evaluation')} of modules took ${duration(file.evaluationMs)}; ` +
        `${count(file.resets, 'reset')} between tests.`,
    ),
    ...list(
      'It leaves behind',
      leaks.map(({ what, fate, why, by }) => lineOf([what, by && `by ${by}`, fate, why])),
    ),
    ...list(
      'Modules that it leaves dirty',
      dirty.map(({ path, exports, fate }) => lineOf([path, exports.join(', '), fate])),
    ),
    ...list('Why less was reset than could have been', notes),
    ...(leaks.length + dirty.length + notes.length === 0 ? [h('p', {}, 'It leaves nothing behind.')] : []),
  ]
}

export function moduleDetails(module: ModuleReport, verdict: string): HTMLElement[] {
  const { evaluations, selfMs, files, evidence, kept, dirtyIn, leaks } = module
  return [
    h(
      'p',
      {},
      `${count(evaluations, 'evaluation')} in ${count(files, 'test file')} took ${duration(selfMs)} without imports. It ${
        module.package ? `is part of ${module.package}` : verdict
      }.`,
    ),
    ...(evidence ? [h('pre', {}, evidence)] : []),
    ...list(
      'Why resets kept it',
      kept.map(({ reason, files }) => `${reason} (${count(files, 'file')})`),
    ),
    ...(dirtyIn > 0 ? [h('p', {}, `${count(dirtyIn, 'test file')} left it dirty.`)] : []),
    ...(leaks > 0 ? [h('p', {}, `Its code has left ${count(leaks, 'thing')} behind.`)] : []),
  ]
}

function lineOf(parts: readonly (string | undefined)[]): string {
  return parts.filter(Boolean).join(' \u00b7 ')
}

function list(title: string, lines: readonly string[]): HTMLElement[] {
  if (lines.length === 0) return []
  return [h('h3', {}, title), h('ul', {}, ...lines.map((line) => h('li', {}, line)))]
}

/** Opens over the page; Escape, and the button, close it. */
export function openDialog(title: string, content: readonly Node[]): void {
  const close = h('button', { type: 'button' }, 'Close')
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'dialog-title' },
    h('h2', { id: 'dialog-title' }, title),
    ...content,
    close,
  )
  close.addEventListener('click', () => dialog.close())
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}
