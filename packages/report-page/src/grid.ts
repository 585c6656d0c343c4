/**
 * A table that sorts and filters. Only the rows that are seen are in the document, so that thousands cost no more than
 * a screenful. The keyboard moves from row to row and opens one.
 */
import { h } from './elements.ts'

interface Column<Row> {
  readonly title: string
  /** What is sorted by. */
  readonly value: (row: Row) => string | number
  /** What is shown, if not that. */
  readonly text?: (row: Row) => string
}

export interface GridOptions<Row> {
  /** What the table is about, for screen readers: `Test files`. */
  readonly label: string
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  /** The index of the column that is sorted by first, the greatest first where it has numbers. */
  readonly sortedBy: number
  readonly open: (row: Row) => void
}

const ROW_HEIGHT = 32
const MOST_ROWS = 15
/** Rows above and below what is seen. */
const SPARE = 5

let grids = 0

export function grid<Row>({ label, rows, columns, sortedBy, open }: GridOptions<Row>): HTMLElement {
  const name = `grid${grids++}`
  const texts = new Map(rows.map((row) => [row, textOf(columns, row)]))
  let [sort, isDescending] = [sortedBy, isNumeric(columns[sortedBy], rows)]
  let shown: readonly Row[] = []
  let active = 0

  const filter = h('input', { type: 'search', 'aria-label': `Filter: ${label}`, placeholder: 'Filter' })
  const found = h('span', { class: 'found', role: 'status' })
  const headers = columns.map(({ title }, index) => {
    const button = h('button', { type: 'button' }, title)
    button.addEventListener('click', () => {
      isDescending = index === sort ? !isDescending : isNumeric(columns[index], rows)
      sort = index
      update()
    })
    return h('div', { role: 'columnheader', class: classOf(index) }, button)
  })
  const body = h('div', { class: 'rows', role: 'presentation' })
  const view = h('div', { class: 'view', role: 'rowgroup' }, body)
  const header = h('div', { role: 'row', class: 'header', 'aria-rowindex': 1 }, ...headers)
  const table = h('div', { role: 'grid', 'aria-label': label, tabindex: 0, class: 'grid' }, header, view)

  function classOf(index: number): string {
    return isNumeric(columns[index], rows) ? 'cell number' : index === 0 ? 'cell wide' : 'cell'
  }

  function update(): void {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean)
    const value = columns[sort]?.value ?? (() => 0)
    shown = rows
      .filter((row) => words.every((word) => texts.get(row)?.includes(word)))
      .sort((one, other) => compare(value(one), value(other)) * (isDescending ? -1 : 1))
    active = 0
    for (const [index, header] of headers.entries()) {
      const order = isDescending ? 'descending' : 'ascending'
      header.setAttribute('aria-sort', index === sort ? order : 'none')
    }
    table.setAttribute('aria-rowcount', String(shown.length + 1))
    found.textContent = `${shown.length} of ${rows.length}`
    view.style.height = `${Math.max(1, Math.min(shown.length, MOST_ROWS)) * ROW_HEIGHT}px`
    body.style.height = `${shown.length * ROW_HEIGHT}px`
    view.scrollTop = 0
    draw()
  }

  function draw(): void {
    const first = Math.max(0, Math.floor(view.scrollTop / ROW_HEIGHT) - SPARE)
    const last = Math.min(shown.length, first + MOST_ROWS + 2 * SPARE)
    body.replaceChildren(...shown.slice(first, last).map((row, index) => rowElement(row, first + index)))
    if (shown.length > 0) table.setAttribute('aria-activedescendant', `${name}-${active}`)
    else table.removeAttribute('aria-activedescendant')
  }

  function rowElement(row: Row, index: number): HTMLElement {
    const cells = columns.map((column, at) =>
      h('div', { role: 'gridcell', class: classOf(at) }, shownText(column, row)),
    )
    const element = h(
      'div',
      {
        role: 'row',
        id: `${name}-${index}`,
        class: index === active ? 'row active' : 'row',
        'aria-rowindex': index + 2,
        style: `top: ${index * ROW_HEIGHT}px`,
      },
      ...cells,
    )
    element.addEventListener('click', () => {
      active = index
      draw()
      open(row)
    })
    return element
  }

  function move(to: number): void {
    active = Math.max(0, Math.min(shown.length - 1, to))
    const top = active * ROW_HEIGHT
    if (top < view.scrollTop) view.scrollTop = top
    else if (top + ROW_HEIGHT > view.scrollTop + view.clientHeight)
      view.scrollTop = top + ROW_HEIGHT - view.clientHeight
    draw()
  }

  const steps: Readonly<Record<string, () => number>> = {
    ArrowDown: () => active + 1,
    ArrowUp: () => active - 1,
    PageDown: () => active + MOST_ROWS,
    PageUp: () => active - MOST_ROWS,
    Home: () => 0,
    End: () => shown.length - 1,
  }
  table.addEventListener('keydown', (event) => {
    const row = shown[active]
    if (event.target !== table) return
    if (event.key === 'Enter' && row !== undefined) open(row)
    else if (steps[event.key]) move(steps[event.key]?.() ?? 0)
    else return
    event.preventDefault()
  })
  view.addEventListener('scroll', draw, { passive: true })
  filter.addEventListener('input', update)
  update()
  return h('section', { class: 'table' }, h('div', { class: 'tools' }, filter, found), table)
}

function shownText<Row>({ value, text }: Column<Row>, row: Row): string {
  return text?.(row) ?? String(value(row))
}

function textOf<Row>(columns: readonly Column<Row>[], row: Row): string {
  return columns
    .map((column) => shownText(column, row))
    .join(' ')
    .toLowerCase()
}

function isNumeric<Row>(column: Column<Row> | undefined, [row]: readonly Row[]): boolean {
  return row !== undefined && typeof column?.value(row) === 'number'
}

/** Made once: that is most of the cost of comparing. */
const collator = new Intl.Collator('en', { numeric: true })

function compare(one: string | number, other: string | number): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  return collator.compare(String(one), String(other))
}
