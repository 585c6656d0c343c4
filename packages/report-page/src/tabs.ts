/** The parts of the page, one of which is shown. */
import { h } from './elements.ts'

export interface Tab {
  readonly name: string
  readonly title: string
  readonly content: HTMLElement
}

/** @param onShow called when another one is shown: what is drawn needs its width */
export function tabs(all: readonly Tab[], onShow: () => void): HTMLElement[] {
  const buttons = all.map(({ name, title }) =>
    h('button', { type: 'button', role: 'tab', id: `tab-${name}`, 'aria-controls': `panel-${name}` }, title),
  )
  const panels = all.map(({ name, content }) =>
    h('div', { role: 'tabpanel', id: `panel-${name}`, 'aria-labelledby': `tab-${name}` }, content),
  )
  const show = (chosen: number) => {
    for (const [index, button] of buttons.entries()) {
      button.setAttribute('aria-selected', String(index === chosen))
      button.tabIndex = index === chosen ? 0 : -1
      ;(panels[index] as HTMLElement).hidden = index !== chosen
    }
    onShow()
  }
  for (const [index, button] of buttons.entries()) {
    button.addEventListener('click', () => show(index))
    button.addEventListener('keydown', ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key]
      if (step === undefined) return
      const next = (index + step + buttons.length) % buttons.length
      show(next)
      buttons[next]?.focus()
    })
  }
  show(0)
  return [h('div', { role: 'tablist', 'aria-label': 'Parts of the report' }, ...buttons), ...panels]
}
