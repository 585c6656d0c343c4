/** A picture on a canvas: who points at a part of it, or moves to one by keyboard, sees what it is, and can open it. */
import { h, sized } from './elements.ts'

export interface Part {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** What it is, in words. */
  readonly text: string
  readonly open: () => void
}

export interface PictureOptions {
  readonly label: string
  /** Draws the picture for a width, and tells its height and its parts in the order in which the keyboard visits them. */
  readonly draw: (
    canvas: HTMLCanvasElement,
    width: number,
  ) => { readonly height: number; readonly parts: readonly Part[] }
}

export interface Picture {
  readonly element: HTMLElement
  /** The theme or the width has changed. */
  redraw(): void
}

export function picture({ label, draw }: PictureOptions): Picture {
  const canvas = h('canvas', {
    tabindex: 0,
    role: 'application',
    'aria-roledescription': 'picture',
    'aria-label': `${label}. Arrow keys move from part to part, Enter opens one.`,
  })
  const marker = h('div', { class: 'marker', hidden: true })
  const caption = h('p', { class: 'caption', role: 'status' }, '\u00a0')
  const frame = h('div', { class: 'frame' }, canvas, marker)
  let parts: readonly Part[] = []
  let active = -1

  function show(index: number): void {
    active = index
    const part = parts[index]
    marker.hidden = part === undefined
    caption.textContent = part?.text ?? '\u00a0'
    if (!part) return
    const { x, y, width, height } = part
    marker.style.cssText = `left: ${x}px; top: ${y}px; width: ${width}px; height: ${height}px`
  }

  function at({ offsetX, offsetY }: MouseEvent): number {
    return parts.findIndex(
      ({ x, y, width, height }) =>
        offsetX >= x && offsetX < x + width && offsetY >= y && offsetY < y + height,
    )
  }

  canvas.addEventListener('mousemove', (event) => show(at(event)))
  canvas.addEventListener('mouseleave', () => show(-1))
  canvas.addEventListener('click', (event) => parts[at(event)]?.open())
  canvas.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (step !== undefined) show(Math.max(0, Math.min(parts.length - 1, active + step)))
    else if (event.key === 'Enter') parts[active]?.open()
    else return
    event.preventDefault()
  })

  function redraw(): void {
    const width = frame.clientWidth
    // Not shown: it is drawn when it is.
    if (width === 0) return
    parts = draw(canvas, width).parts
    show(-1)
  }
  return { element: h('figure', { class: 'picture' }, frame, caption), redraw }
}

export { sized }
