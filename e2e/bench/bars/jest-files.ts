/** Bar 9: Jest's test files in one realm. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type FileTree, type Project, project } from '../../harness/index.ts'
import { type Bar, type Ratio, type Row, ratio, rounds } from '../bar.ts'
import { WIDGETS } from '../component-suite.ts'
import { type Contenders, interleave } from '../contenders.ts'
import { type Cost, timedRun } from '../timed-run.ts'

const FILES = 30
const RENDERED = [...WIDGETS, 'Dialog', 'Select']

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

/** Components over MUI, and files that render them; every fourth mocks a component of the library. */
function componentFiles(): FileTree {
  return {
    'src/store.js': 'export const opened = []\nexport const open = (name) => opened.push(name)',
    'src/app.jsx': `
      ${RENDERED.map((_, n) => `import { Part${n} } from './part-${n}'`).join('\n')}
      export const parts = [${RENDERED.map((_, n) => `Part${n}`)}]
      export const App = () => <main>{parts.map((Part, n) => <Part key={n} />)}</main>
    `,
    'setup.js': "import '@testing-library/jest-dom'",
    ...Object.fromEntries(RENDERED.map((widget, n) => [`src/part-${n}.jsx`, partOf(widget, n)])),
    ...Object.fromEntries(numbers(FILES).map((n) => [`tests/file-${n}.test.jsx`, componentTest(n)])),
  }
}

const partOf = (widget: string, n: number): string => `
  import * as React from 'react'
  import { Box, ${widget} as Widget, Typography } from '@mui/material'
  import { open } from './store'
  export function Part${n}() {
    const [clicks, setClicks] = React.useState(0)
    return (
      <Box sx={{ color: 'rgb(1, 2, ${n})' }}>
        <Typography>Part ${n}: {clicks}</Typography>
        <button onClick={() => { setClicks(clicks + 1); open('part ${n}') }}>open ${n}</button>
        {clicks > 1000 ? <Widget /> : null}
      </Box>
    )
  }
`

function componentTest(n: number): string {
  const isMocking = n % 4 === 3
  return `
    import { fireEvent, render, screen } from '@testing-library/react'
    import userEvent from '@testing-library/user-event'
    import { App, parts } from '../src/app'
    import { opened } from '../src/store'
    ${isMocking ? "jest.mock('@mui/material/Chip', () => ({ __esModule: true, default: 'mocked chip' }))" : ''}
    test('everything is pristine', () => {
      expect([opened, globalThis.left, localStorage.length, document.body.innerHTML]).toEqual([[], undefined, 0, ''])
      expect(require('@mui/material').Chip === 'mocked chip').toBe(${isMocking})
      globalThis.left = localStorage.left = 'file ${n}'
    })
    test.each([${[n, n + 5, n + 7].map((part) => part % RENDERED.length)}])('renders part %i', async (number) => {
      const Part = parts[number]
      render(<Part />)
      fireEvent.click(screen.getByText('open ' + number))
      expect(screen.getByText('Part ' + number + ': 1')).toBeInTheDocument()
      expect(getComputedStyle(screen.getByText('Part ' + number + ': 1').parentElement).color).toBe('rgb(1, 2, ' + number + ')')
      expect(opened.at(-1)).toBe('part ' + number)
    })
    test('renders the app', async () => {
      render(<App />)
      await userEvent.click(screen.getByText('open 0'))
      expect(screen.getAllByText(/^open /)).toHaveLength(${RENDERED.length})
      document.title = 'left'
    })
    test('was cleaned up', () => expect(document.body.innerHTML).toBe(''))
  `
}

const PACKAGES = 100

/** Packages of nine files each that require one another, and files that require all of them. */
function packageFiles(): FileTree {
  const functions = numbers(40).map(
    (n) => `exports.f${n} = function f${n}(a, b) { return { a, b, sum: a + b } }`,
  )
  const files: Record<string, string> = { 'own.js': 'exports.own = 0' }
  for (const p of numbers(PACKAGES)) {
    files[`node_modules/p${p}/package.json`] = `{ "name": "p${p}", "version": "1.0.0" }`
    files[`node_modules/p${p}/index.js`] = "module.exports = { ...require('./lib/f7'), state: { n: 0 } }"
    for (const f of numbers(8)) {
      const before = f > 0 ? `require('./f${f - 1}')` : p > 0 ? `require('p${p - 1}')` : ''
      files[`node_modules/p${p}/lib/f${f}.js`] = [before, ...functions].join('\n')
    }
  }
  for (const n of numbers(FILES)) {
    files[`tests/f${n}.test.js`] = `
      const own = require('../own')
      const all = [${numbers(PACKAGES).map((p) => `require('p${p}')`)}]
      test('works on a pristine module', () => {
        expect(process.env.BENCH_LEAKS ? 0 : own.own++).toBe(0)
        expect(all.every((one) => one.f1(1, 2).sum === 3)).toBe(true)
      })
    `
  }
  return files
}

const SHARED = "testEnvironmentOptions: { freshModules: { resetBetween: 'never', isolate: false } },"

function config(environment: string, fields: string): string {
  return `module.exports = {
    testEnvironment: ${JSON.stringify(environment)},
    haste: { forceNodeFilesystemAPI: true }, watchman: false,
    ${fields}
  }\n`
}

const jsx = `
  transform: { '\\\\.jsx?$': ['babel-jest', {
    presets: [['@babel/preset-env', { targets: { node: 'current' } }], ['@babel/preset-react', { runtime: 'automatic' }]],
  }] },
  setupFilesAfterEnv: ['./setup.js'],
`
const ONE_WORKER = ['-i', '--silent', '--testTimeout=60000', '--config']

const jestRun = (app: Project, name: string, env = {}): Promise<Cost> =>
  timedRun(app, [...ONE_WORKER, `${name}.config.cjs`], { watchMemory: true, env })

type Picked = readonly [label: string, pick: (cost: Cost) => number, unit: Row['unit']]

const CPU: Picked = ['CPU', (cost) => cost.cpu, 's']
const WALL: Picked = ['wall-clock', (cost) => cost.wall, 's']
const PEAK: Picked = ['peak of all processes', (cost) => cost.peak ?? Number.NaN, 'MB']

/** Runs all contenders, once to warm up, and compares each with the first. */
async function compared(
  what: string,
  names: Readonly<Record<string, string>>,
  runs: Contenders<string, Cost>,
  scale: number,
  goals: Readonly<Record<string, Ratio['goal']>>,
): Promise<{ rows: Row[]; ratios: Ratio[] }> {
  for (const run of Object.values(runs)) await run()
  const costs = await interleave(runs, rounds(scale, 3))
  const row = (name: string, [label, pick, unit]: Picked): Row => ({
    contender: `${what}: ${names[name]}, ${label}`,
    unit,
    samples: (costs[name] ?? []).map(pick),
  })
  const present = Object.keys(names).filter((name) => costs[name])
  return {
    rows: [CPU, WALL, PEAK].flatMap((picked) => present.map((name) => row(name, picked))),
    ratios: present
      .filter((name) => name !== 'fresh')
      .flatMap((name) =>
        [CPU, WALL, PEAK].map((picked) =>
          ratio(
            `${what}: ${names[name]} / fresh-modules, ${picked[0]}`,
            row(name, picked),
            row('fresh', picked),
            name === 'stock' ? goals[picked[0]] : undefined,
          ),
        ),
      ),
  }
}

/** The binary of the npm package, whose install script the harness does not run. */
function bunBinary(app: Project): string | undefined {
  for (let dir = app.dir; dir !== join(dir, '..'); dir = join(dir, '..')) {
    const file = join(dir, 'node_modules/@oven/bun-linux-x64/bin/bun')
    if (existsSync(file)) return file
  }
  return undefined
}

export const jestFiles: Bar = {
  name: 'jest-files',
  title: `Jest: ${FILES} test files in one realm, one worker`,
  async run(scale) {
    await using components = await project('bench-jest-files', {
      'package.json': '{ "name": "app" }',
      ...componentFiles(),
      'stock.config.cjs': config('jest-environment-jsdom', jsx),
      'fresh.config.cjs': config('@fresh-modules/jest-env/jsdom', jsx + SHARED),
    })
    const page = await compared(
      'MUI in jsdom',
      { fresh: 'fresh-modules, isolate: false', stock: "Jest's environment" },
      { fresh: () => jestRun(components, 'fresh'), stock: () => jestRun(components, 'stock') },
      scale,
      { CPU: { atLeast: 4 }, 'wall-clock': { atLeast: 3 } },
    )
    await using packages = await project('bench-jest-files', {
      'package.json': '{ "name": "app" }',
      ...packageFiles(),
      'stock.config.cjs': config('node', 'transform: {},'),
      'fresh.config.cjs': config('@fresh-modules/jest-env', `transform: {}, ${SHARED}`),
      'light.config.cjs': config('node', "transform: {}, runner: 'jest-light-runner',"),
      'bun.cjs': `
        const { status } = require('node:child_process').spawnSync(process.env.BUN, ['test', '--isolate'], { stdio: 'inherit' })
        process.exitCode = status
      `,
    })
    const bun = bunBinary(packages)
    const node = await compared(
      `${PACKAGES} packages in node`,
      {
        fresh: 'fresh-modules, isolate: false',
        stock: "Jest's environment",
        light: 'jest-light-runner (state leaks)',
        bun: 'bun test --isolate',
      },
      {
        fresh: () => jestRun(packages, 'fresh'),
        stock: () => jestRun(packages, 'stock'),
        // Its files see each other's first-party modules: it only evaluates.
        light: () => jestRun(packages, 'light', { BENCH_LEAKS: '1' }),
        ...(bun
          ? {
              bun: () =>
                timedRun(packages, ['bun.cjs'], { script: true, watchMemory: true, env: { BUN: bun } }),
            }
          : {}),
      },
      scale,
      { CPU: { atLeast: 3 } },
    )
    return {
      rows: [...page.rows, ...node.rows],
      ratios: [...page.ratios, ...node.ratios],
      notes: [
        'jest-light-runner has no environments and no mocks of modules, so it runs the second suite alone; so does bun test, which has no jsdom.',
        ...(bun ? [] : ['bun has no binary for this platform on npm that could be installed.']),
      ],
    }
  },
}
