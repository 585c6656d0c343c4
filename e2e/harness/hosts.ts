/**
 * The frameworks and versions that the end-to-end suites run against. To add one, add a row: the harness installs it, and
 * `npm run matrix` runs every suite on it.
 */

export type Framework = 'vitest' | 'jest' | 'node'

export interface Host {
  readonly name: string
  readonly framework: Framework
  /** What the host is, for tables. */
  readonly title: string
  /** Part of a plain `npm test`: the newest and the oldest supported version of each framework. */
  readonly byDefault: boolean
  /** The oldest Node major that the framework itself supports. */
  readonly oldestNode: number
  readonly dependencies: Readonly<Record<string, string>>
  /** For npm, of what those depend on. */
  readonly overrides?: Readonly<Record<string, string>>
}

/** Packages with state of their own, which the suites load in every host. */
const modulesUnderTest = {
  react: '^19.3.1',
  'react-dom': '^19.3.1',
  graphql: '^16.11.0',
  'prom-client': '^15.1.3',
}

const vitest = (version: string, vite: string, jsdom: string): Record<string, string> => ({
  vitest: version,
  vite,
  '@vitest/browser-playwright': version,
  '@vitest/coverage-istanbul': version,
  '@vitest/coverage-v8': version,
  'happy-dom': '^20.0.0',
  jsdom,
  // What keeps something of its importers, or changes globals, when it is evaluated.
  '@testing-library/dom': '^10.4.1',
  '@testing-library/react': '^16.3.0',
  mongoose: '^8.19.0',
  // An ES module package that Vitest leaves to Node's loader.
  'p-limit': '^7.3.0',
  playwright: '^1.57.0',
  'reflect-metadata': '^0.2.2',
  typescript: '^6.0.3',
  ...modulesUnderTest,
})

/** What its coverage is measured with. That of 5.1.2 asks for 2.1.1, which is not to be had in every registry. */
const istanbul = (version: string): Record<string, string> =>
  Object.fromEntries(
    ['coverage', 'instrument', 'report', 'source-maps'].map((part) => [
      `@vitest/istanbul-lib-${part}`,
      version,
    ]),
  )

const jest = (version: string): Record<string, string> => ({
  jest: version,
  'jest-environment-jsdom': version,
  'babel-jest': version,
  // Babel 8 does not run on Node 20.
  '@babel/core': '^7.29.0',
  '@babel/preset-env': '^7.29.0',
  '@babel/preset-typescript': '^7.28.0',
  '@swc/core': '^1.16.22',
  '@swc/jest': '^0.2.39',
  'ts-jest': '^29.4.15',
  esbuild: '^0.28.2',
  typescript: '^6.0.3',
  ...modulesUnderTest,
})

/** jsdom 27 and later do not run on every Node 20. */
const jsdomOnNode20 = '^26.1.0'

export const hosts: readonly Host[] = [
  {
    name: 'vitest5',
    framework: 'vitest',
    title: 'Vitest 5.1, Vite 8',
    byDefault: true,
    oldestNode: 22,
    dependencies: vitest('5.1.2', '^8.3.8', '^31.0.1'),
    overrides: istanbul('2.1.0'),
  },
  {
    name: 'vitest50',
    framework: 'vitest',
    title: 'Vitest 5.0.0, Vite 7',
    byDefault: false,
    oldestNode: 22,
    dependencies: vitest('5.0.0', '^7.3.8', jsdomOnNode20),
  },
  {
    name: 'vitest4',
    framework: 'vitest',
    title: 'Vitest 4.1, Vite 8',
    byDefault: true,
    oldestNode: 20,
    dependencies: vitest('4.1.12', '^8.3.8', jsdomOnNode20),
  },
  {
    name: 'vitest41',
    framework: 'vitest',
    title: 'Vitest 4.1.0, Vite 7',
    byDefault: false,
    oldestNode: 20,
    dependencies: vitest('4.1.0', '^7.3.8', jsdomOnNode20),
  },
  {
    name: 'jest30',
    framework: 'jest',
    title: 'Jest 30.5',
    byDefault: true,
    oldestNode: 20,
    dependencies: jest('30.5.2'),
  },
  {
    name: 'jest304',
    framework: 'jest',
    title: 'Jest 30.4.0',
    byDefault: false,
    oldestNode: 20,
    dependencies: jest('30.4.0'),
  },
  {
    name: 'jest303',
    framework: 'jest',
    title: 'Jest 30.3.0',
    byDefault: false,
    oldestNode: 20,
    dependencies: jest('30.3.0'),
  },
  {
    name: 'jest300',
    framework: 'jest',
    title: 'Jest 30.0.0',
    byDefault: false,
    oldestNode: 20,
    dependencies: jest('30.0.0'),
  },
  {
    name: 'jest29',
    framework: 'jest',
    title: 'Jest 29.7.0',
    byDefault: true,
    oldestNode: 20,
    dependencies: jest('29.7.0'),
  },
  {
    name: 'node',
    framework: 'node',
    title: 'Node alone',
    byDefault: true,
    oldestNode: 20,
    dependencies: { typescript: '^6.0.3', expect: '^30.0.0', tsx: '^4.20.0', ...modulesUnderTest },
  },
]

/** What the benchmark needs besides a framework: installed when `npm run bench` asks for it, and by no test. */
const componentLibrary = {
  '@emotion/react': '^11.14.0',
  '@emotion/styled': '^11.14.1',
  '@mui/material': '^7.3.0',
}

/** Hosts of the benchmark alone: neither `npm test` nor `npm run matrix` knows them. */
const benchHosts: readonly Host[] = [
  {
    name: 'bench-vitest',
    framework: 'vitest',
    title: 'Vitest 5.1, Vite 8, and a component library',
    byDefault: false,
    oldestNode: 22,
    dependencies: { ...vitest('5.1.2', '^8.3.8', '^31.0.1'), ...componentLibrary },
    overrides: istanbul('2.1.0'),
  },
  {
    name: 'bench-jest',
    framework: 'jest',
    title: 'Jest 30.5, and a component library',
    byDefault: false,
    oldestNode: 20,
    dependencies: { ...jest('30.5.2'), ...componentLibrary },
  },
  {
    name: 'bench-jest-files',
    framework: 'jest',
    title: 'Jest 30.5 with Testing Library and a component library, and what runs its files otherwise',
    byDefault: false,
    oldestNode: 22,
    dependencies: {
      ...jest('30.5.2'),
      ...componentLibrary,
      '@babel/preset-react': '^7.28.0',
      '@testing-library/dom': '^10.4.1',
      '@testing-library/jest-dom': '^6.9.0',
      '@testing-library/react': '^16.3.0',
      '@testing-library/user-event': '^14.6.0',
      'jest-light-runner': '^0.8.2',
      bun: '^1.4.5',
    },
  },
  {
    name: 'bench-node',
    framework: 'node',
    title: 'Node alone, and what loads modules again there today',
    byDefault: false,
    oldestNode: 20,
    dependencies: {
      'import-fresh-3': 'npm:import-fresh@^3.3.1',
      'import-fresh': '^4.0.1',
      'clear-module': '^4.1.2',
      decache: '^4.6.2',
      proxyquire: '^2.1.3',
      esmock: '^2.7.6',
    },
  },
]

/** Our packages that a project of each framework installs. The core comes first: the others depend on it. */
export const packagesOf: Readonly<Record<Framework, readonly string[]>> = {
  vitest: ['fresh-modules', '@fresh-modules/vitest-plugin'],
  jest: ['fresh-modules', '@fresh-modules/jest-env'],
  node: ['fresh-modules'],
}

export function hostNamed(name: string): Host {
  const host = [...hosts, ...benchHosts].find((host) => host.name === name)
  if (host) return host
  throw new Error(`There is no host "${name}". Known: ${hosts.map((host) => host.name).join(', ')}.`)
}

/** The Node major that the suites were asked to use, by `FRESH_MODULES_NODE`; the running one if they were not. */
export function chosenNode(): number {
  const asked = process.env['FRESH_MODULES_NODE']
  if (!asked) return Number.parseInt(process.versions.node, 10)
  if (/^\d+$/.test(asked)) return Number(asked)
  throw new Error(`FRESH_MODULES_NODE is the major version of a Node, as in "22"; it is "${asked}".`)
}

/** The hosts that `FRESH_MODULES_HOSTS` names (a comma-separated list, or "all"), without those too new for the Node. */
export function chosenHosts(): readonly Host[] {
  const asked = process.env['FRESH_MODULES_HOSTS']
  const listed =
    asked === 'all'
      ? hosts
      : asked
        ? asked.split(',').map((name) => hostNamed(name.trim()))
        : hosts.filter((host) => host.byDefault)
  const node = chosenNode()
  return listed.filter((host) => host.oldestNode <= node)
}
