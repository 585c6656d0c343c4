/** An app of many small components over a large component library, and test files that render them. */
import type { FileTree } from '../harness/index.ts'

export const WIDGETS = [
  'Button',
  'TextField',
  'Card',
  'Chip',
  'Alert',
  'Switch',
  'Slider',
  'Badge',
  'Avatar',
  'Tabs',
]

/** The file tree: `src/part-<n>.tsx`, `src/app.tsx`, `tests/file-<n>.test.tsx`. Without a config. */
export function componentSuite({ components, files }: { components: number; files: number }): FileTree {
  const tree: Record<string, string> = {
    'src/store.ts':
      'export const opened: string[] = []\nexport const open = (name: string) => opened.push(name)',
    'src/app.tsx': `
      import * as React from 'react'
      ${numbers(components, (n) => `import { Part${n} } from './part-${n}'`)}
      export const parts = [${Array.from({ length: components }, (_, n) => `Part${n}`).join(', ')}]
      export const App = () => <main>{parts.map((Part, n) => <Part key={n} />)}</main>
    `,
  }
  for (let n = 0; n < components; n++) tree[`src/part-${n}.tsx`] = partSource(n)
  for (let n = 0; n < files; n++) tree[`tests/file-${n}.test.tsx`] = testSource(n, components)
  return tree
}

const numbers = (count: number, line: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => line(n)).join('\n')

function partSource(n: number): string {
  const widget = WIDGETS[n % WIDGETS.length]
  return `
    import * as React from 'react'
    import { Box, Typography, ${widget} } from '@mui/material'
    import { open } from './store'
    export function Part${n}() {
      const [clicks, setClicks] = React.useState(0)
      return (
        <Box>
          <Typography>Part ${n}: {clicks}</Typography>
          <button onClick={() => { setClicks(clicks + 1); open('part ${n}') }}>open ${n}</button>
          <React.Suspense>{clicks > 1000 ? <${widget} /> : null}</React.Suspense>
        </Box>
      )
    }
  `
}

function testSource(n: number, components: number): string {
  const shown = [n, n + 11, n + 23].map((part) => part % components)
  return `
    import { cleanup, fireEvent, render, screen } from '@testing-library/react'
    import * as React from 'react'
    import { afterEach, expect, test } from 'vitest'
    import { App, parts } from '../src/app'
    import { opened } from '../src/store'
    afterEach(cleanup)
    test('nothing was opened before file ${n}', () => {
      expect(process.env.BENCH_LEAKS ? [] : opened).toEqual([])
    })
    test.each(${JSON.stringify(shown)})('renders part %i', (number) => {
      const Part = parts[number]
      render(<Part />)
      fireEvent.click(screen.getByText('open ' + number))
      expect(screen.getByText('Part ' + number + ': 1')).toBeDefined()
      expect(opened.at(-1)).toBe('part ' + number)
    })
    test('renders the app', () => {
      render(<App />)
      expect(screen.getAllByText(/^open /)).toHaveLength(${components})
    })
  `
}
