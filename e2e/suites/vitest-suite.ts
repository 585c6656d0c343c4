/** A suite that Vitest runs. */
import { basename, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { firstOf, type Invocation, writeBeside } from './own-config.ts'
import type { Options, Way } from './ways.ts'

/** In the order in which Vitest looks for them. */
const CONFIGS = ['vitest.config', 'vite.config'].flatMap((name) =>
  ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map((ending) => `${name}.${ending}`),
)

/** Other kinds of run than that of tests, several workers and orders from an earlier run would tell nothing of us. */
const SAME_FOR_ALL = [
  '--coverage.enabled=false',
  '--typecheck.enabled=false',
  '--retry=0',
  '--maxWorkers=1',
  '--no-file-parallelism',
  '--no-cache',
]

export function vitestRun(dir: string, own: string | undefined, way: Way, place: string): Invocation {
  const config = own ? join(dir, own) : firstOf(dir, CONFIGS)
  const wrapper =
    way.options && writeBeside(config ?? join(dir, 'x'), 'config.mjs', wrapperOf(config, way.options))
  const used = wrapper ?? config
  const plugin = join(place, 'node_modules/@fresh-modules/vitest-plugin/dist/index.js')
  return {
    args: [
      'run',
      ...(used ? [`--config=${relative(dir, used)}`] : []),
      ...(way.isolate ? [] : ['--no-isolate']),
      ...SAME_FOR_ALL,
      '--reporter=json',
    ],
    env: { SUITES_PLUGIN: pathToFileURL(plugin).href },
    files: wrapper ? [wrapper] : [],
  }
}

/** A project that extends its root has the plugin from there. One that is named by its path goes without: choose others. */
const wrapperOf = (config: string | undefined, options: Options): string => `
${config ? `import own from './${basename(config)}'` : 'const own = {}'}
const { freshModules } = await import(process.env.SUITES_PLUGIN)

const hasIt = (project) => typeof project === 'string' || project.extends === true
const withPlugin = (config) => {
  return { ...config, plugins: [...(config.plugins ?? []), freshModules(${JSON.stringify(options)})] }
}

export default async (env) => {
  const config = await (typeof own === 'function' ? own(env) : own)
  const projects = config.test?.projects?.map((project) => (hasIt(project) ? project : withPlugin(project)))
  return withPlugin(projects ? { ...config, test: { ...config.test, projects } } : config)
}
`
