/**
 * The config with which the doctor runs Vitest: the suite's own, and the plugin. Vitest loads it by its path; the suite's own is
 * read by Vite, as Vitest itself would.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { inOrder } from './in-order.ts'
import { readRunFile } from './run-file.ts'
import { CONFIGS } from './vitest-names.ts'

const run = readRunFile()

interface Plugin {
  readonly name?: string
}
type Plugins = readonly (Plugin | Plugins | Promise<unknown> | false | null | undefined)[]

interface Config {
  readonly root?: string
  readonly plugins?: Plugins
  readonly test?: {
    readonly name?: string | object
    readonly root?: string
    readonly projects?: readonly Project[]
    readonly sequence?: object
  }
  readonly extends?: string | boolean
}
type Project = string | Config | Promise<Config> | ((env: unknown) => Config | Promise<Config>)

interface Specification {
  readonly moduleId: string
}

/** Vitest makes one for each run. */
class Sequencer {
  sort(files: readonly Specification[]): Specification[] {
    return inOrder(files, run.order, ({ moduleId }) => moduleId)
  }
  shard(files: readonly Specification[]): readonly Specification[] {
    return files
  }
}

export default async (env: unknown): Promise<Config> => {
  const config = await configIn(run.config, env)
  const root = resolve(config.test?.root ?? config.root ?? '.')
  const projects = config.test?.projects
  return withPlugin({
    ...config,
    test: {
      ...config.test,
      ...(projects ? { projects: await projectsOf(projects, root, env) } : {}),
      ...(run.order ? { sequence: { ...config.test?.sequence, sequencer: Sequencer, shuffle: false } } : {}),
    },
  })
}

/** What a file exports as its config. */
async function configIn(file: string | undefined, env: unknown): Promise<Config> {
  if (file === undefined) return {}
  const { loadConfigFromFile } = await import(pathToFileURL(run.reader).href)
  const loaded = await loadConfigFromFile(env, file, dirname(file))
  return (loaded?.config ?? {}) as Config
}

/** The same config with our plugin, and without the one that it may have. */
async function withPlugin(config: Config): Promise<Config> {
  if (run.keepsOwn) return config
  const own = (await flat(config.plugins ?? [])).filter(({ name }) => !name?.startsWith('fresh-modules'))
  if (run.adapter === undefined) return { ...config, plugins: own }
  const { freshModules } = await import(pathToFileURL(run.adapter).href)
  return { ...config, plugins: [...own, freshModules(run.options)] }
}

async function flat(plugins: Plugins): Promise<Plugin[]> {
  const settled = await Promise.all(plugins)
  const lists = await Promise.all(settled.map((plugin) => (Array.isArray(plugin) ? flat(plugin) : [plugin])))
  return lists.flat().filter((plugin): plugin is Plugin => typeof plugin === 'object' && plugin !== null)
}

/** Projects with the plugin. One that extends the root's config has it from there, since that is this file. */
async function projectsOf(projects: readonly Project[], root: string, env: unknown): Promise<Project[]> {
  const lists = projects.map(async (project): Promise<Project[]> => {
    if (typeof project === 'string')
      return Promise.all(pathsOf(project, root).map((path) => inlined(path, env)))
    const config = await (typeof project === 'function' ? project(env) : project)
    return [config.extends === true ? config : await withPlugin(config)]
  })
  return (await Promise.all(lists)).flat()
}

/** The files and folders that a project's path or pattern means, as Vitest reads it. */
function pathsOf(project: string, root: string): readonly string[] {
  const pattern = project.replace('<rootDir>', () => root)
  const path = resolve(root, pattern)
  if (existsSync(path)) return [path]
  // A dependency of Vite and Vitest.
  const { globSync } = createRequire(run.reader)('tinyglobby')
  const ignore = ['**/node_modules/**', '**/*.timestamp-*', '**/.DS_Store']
  return globSync([pattern], {
    absolute: true,
    dot: true,
    onlyFiles: false,
    cwd: root,
    expandDirectories: false,
    ignore,
  })
}

/** A project that is named by its path, written out: by the path Vitest would load it without the plugin. */
async function inlined(path: string, env: unknown): Promise<Project> {
  const isFolder = statSync(path).isDirectory()
  const file = isFolder ? configOf(path) : path
  // The root's own config, as a project of itself.
  if (file !== undefined && file === run.config) return fileURLToPath(import.meta.url)
  const folder = isFolder ? path : dirname(path)
  const config = await withPlugin(await configIn(file, env))
  const name = config.test?.name ?? nameOf(folder)
  return { ...config, root: config.root ?? folder, test: { ...config.test, name } }
}

const configOf = (folder: string): string | undefined => {
  const names = new Set(readdirSync(folder))
  const found = CONFIGS.find((name) => names.has(name))
  return found === undefined ? undefined : join(folder, found)
}

/** As Vitest names a project that does not name itself. */
function nameOf(folder: string): string {
  const manifest = join(folder, 'package.json')
  const name = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).name : undefined
  return typeof name === 'string' && name !== '' ? name : basename(folder)
}
