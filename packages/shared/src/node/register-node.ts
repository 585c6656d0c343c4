/**
 * What `import 'fresh-modules/register'` does in plain Node: the host is there before the modules of the test, the
 * guard watches them, and the tests of node:test and mocha are followed.
 */
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkAdapterOptions, type FreshModulesOptions } from '../flags/adapter-options.ts'
import { OPTION_KEYS } from '../flags/package-key.ts'
import { type Installed, installedIn } from '../host/host-slot.ts'
import { FileWorlds } from './file-worlds.ts'
import { guardNode } from './guard-node.ts'
import { installNodeHost } from './install-node-host.ts'
import { assertAllLocked, lockRegistered } from './lock-node.ts'
import { mochaHooksOf } from './mocha-hooks.ts'
import { isNodeHost, type NodeHost } from './node-host.ts'
import { TestEvents, watchNodeTest } from './node-test-events.ts'

export interface NodeConfig {
  readonly root: string
  readonly options: FreshModulesOptions
}

/** @param config in place of what the nearest package.json says */
export function registerNode(config?: NodeConfig): object {
  const known = installedIn(globalThis)
  // Loaded twice, as by --import and by the test file; or another host is in charge.
  if (known) return isNodeHost(known.host) ? mochaHooksOf(new TestEvents(known)) : {}
  const { root, options } = config ?? configOf(process.cwd())
  const installed = installNodeHost(options, root)
  installed.state.onResetFailure = options.onResetFailure ?? 'keep'
  guardNode(installed, options.onDuplicate)
  lockRegistered(installed.host as NodeHost)
  const worlds =
    sharesProcess(installed) && options.resetBetween !== 'never' ? worldsOf(installed) : undefined
  const events = new TestEvents(installed, { resetsBetweenTests: options.resetBetween === 'tests', worlds })
  watchNodeTest(installed.host as NodeHost, events)
  process.once('exit', () => {
    // A program without tests has no other end.
    try {
      assertAllLocked(installed)
    } catch (error) {
      process.exitCode ||= 1
      console.error(error)
    }
  })
  return mochaHooksOf(events)
}

/** The options of Node's own command line, those of `NODE_OPTIONS` included. */
function nodeArguments(): string[] {
  const inherited = process.env['NODE_OPTIONS']?.match(/(?:"[^"]*"|[^\s"])+/g) ?? []
  return [...inherited.map((argument) => argument.replaceAll('"', '')), ...process.execArgv]
}

/** Whether Node loads all test files into this process. Without hooks nobody tells when one begins. */
function sharesProcess({ host }: Installed): boolean {
  const isolations = nodeArguments()
    .join(' ')
    .matchAll(/--(?:experimental-)?test-isolation[= ](\w+)/g)
  return (host as NodeHost).world.hasHooks && [...isolations].at(-1)?.[1] === 'none'
}

function worldsOf(installed: Installed): FileWorlds {
  const given = nodeArguments()
  const preloaded = given.flatMap((argument, index) => {
    const [, name] = /^(?:--import|--require|-r)(?:=(.*))?$/.exec(argument) ?? []
    return name ?? (/^(?:--import|--require|-r)$/.test(argument) ? (given[index + 1] ?? []) : [])
  })
  const files = new Set(preloaded.map((name) => fileOfArgument(name)))
  return new FileWorlds(installed, (file) => files.has(file))
}

/** The file that an argument of `--import` names, where it names one; a package's is not of the project anyway. */
function fileOfArgument(name: string): string {
  const file = name.startsWith('file:') ? fileURLToPath(name) : path.resolve(name)
  try {
    return fs.realpathSync(file)
  } catch {
    return file
  }
}

/** The options in the `freshModules` key of the nearest package.json; the rest of the key is about its own modules. */
function configOf(folder: string): NodeConfig {
  for (let root = folder; ; root = path.dirname(root)) {
    const file = path.join(root, 'package.json')
    if (fs.existsSync(file)) {
      const { freshModules } = JSON.parse(fs.readFileSync(file, 'utf8')) as { freshModules?: object }
      const given = Object.entries(freshModules ?? {}).filter(([key]) => OPTION_KEYS.includes(key))
      return { root, options: checkAdapterOptions(`"freshModules" in ${file}`, Object.fromEntries(given)) }
    }
    if (root === path.dirname(root)) return { root: folder, options: {} }
  }
}
