/** Which file leaves what: a row for each file that does, a column for each thing, a mark where they meet. */
import type { Fate, FileReport } from '../../shared/src/report/schema.ts'
import { colorOf } from './elements.ts'
import { type Part, type Picture, picture, sized } from './picture.ts'

/** More columns than this say nothing any more; what most files leave comes first. */
const MOST_COLUMNS = 60
const CELL = 18
const NAMES = 220
const TITLES = 170
/** The title of the last column leans over the edge. */
const LAST_TITLE = 90

interface Mark {
  readonly what: string
  readonly fate: Fate
}

export function matrix(files: readonly FileReport[], open: (file: FileReport) => void): Picture {
  const rows = files
    .map((file) => ({ file, marks: marksOf(file) }))
    .filter(({ marks }) => marks.length > 0)
    .sort((one, other) => other.marks.length - one.marks.length)
  const columns = columnsOf(rows.flatMap(({ marks }) => marks))
  return picture({
    label: 'What each test file leaves behind',
    draw(canvas, available) {
      const width = Math.max(available, NAMES + columns.size * CELL + LAST_TITLE)
      const height = TITLES + rows.length * CELL
      const context = sized(canvas, width, height)
      const text = colorOf('--text')
      const colors: Readonly<Record<Fate, string>> = {
        stayed: colorOf('--stayed'),
        'put back': colorOf('--put-back'),
        isolated: colorOf('--isolated'),
      }
      const line = colorOf('--line')
      context.font = '12px system-ui, sans-serif'
      context.fillStyle = text
      for (const [what, column] of columns) {
        context.save()
        context.translate(NAMES + column * CELL + 13, TITLES - 6)
        context.rotate(-Math.PI / 3)
        context.fillText(shortened(what, 24), 0, 0)
        context.restore()
      }
      const parts: Part[] = []
      for (const [index, { file, marks }] of rows.entries()) {
        const y = TITLES + index * CELL
        context.fillStyle = text
        context.fillText(shortened(file.path, 34), 0, y + 13)
        context.fillStyle = line
        context.fillRect(NAMES, y + CELL - 1, columns.size * CELL, 1)
        for (const { what, fate } of marks) {
          const column = columns.get(what)
          if (column === undefined) continue
          const x = NAMES + column * CELL
          context.fillStyle = colors[fate]
          context.fillRect(x + 2, y + 2, CELL - 4, CELL - 4)
          const mark = `${file.path}: ${what}, ${fate}`
          parts.push({ x, y, width: CELL, height: CELL, text: mark, open: () => open(file) })
        }
      }
      return { height, parts }
    },
  })
}

function marksOf({ leaks, dirty }: FileReport): Mark[] {
  return [
    ...leaks.map(({ what, fate }) => ({ what, fate })),
    ...dirty.map(({ path, fate }) => ({ what: path, fate })),
  ]
}

/** What is left -> its column. */
function columnsOf(marks: readonly Mark[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { what } of marks) counts.set(what, (counts.get(what) ?? 0) + 1)
  const whats = [...counts].sort(([, one], [, other]) => other - one).slice(0, MOST_COLUMNS)
  return new Map(whats.map(([what], index) => [what, index]))
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `…${text.slice(1 - length)}`
}
