/** The hosts that run the contract, and what each of them cannot do. */

/** What a case may need of its host beyond `importFresh`. */
export type Capability =
  /** Registered modules can be dropped and evaluated again. */
  | 'unload'
  /** Registered modules can be evaluated again into the same namespace object. */
  | 'reload'
  /** The `require` of a CommonJS file is answered by the host. */
  | 'commonjs'
  | 'top-level-await'
  /** The host knows when a test begins and ends. */
  | 'test-ends'
  /** Packages under `node_modules` are evaluated by the host. */
  | 'packages'
  | 'import-meta-resolve'
  /** `import.meta.env` shows the environment. */
  | 'import-meta-env'
  /** The test file's static imports can be evaluated again in place: `resetModules`. */
  | 'resets'
  /** The host resets between tests by itself. */
  | 'automatic-resets'
  /** Fresh copies can resolve what they import under conditions of their own. */
  | 'conditions'
  /** `module.children` lists what a CommonJS module has required. */
  | 'module-children'

export type ContractHostName = 'memory' | 'vitest' | 'jest-cjs' | 'jest-esm' | 'node-cjs' | 'node-esm'

export interface ContractHost {
  readonly name: ContractHostName
  /** Capability -> why the host does not have it. */
  readonly lacks: Readonly<Partial<Record<Capability, string>>>
}

const isCommonJs = 'its modules are CommonJS, which has no top-level await'
const noMeta = 'its modules are CommonJS, which has no import.meta'
const noMetaEnv = 'import.meta.env is a thing of Vite'
const immutable = "the namespaces of Node's vm modules are immutable"
const oneSet = 'it has one set of conditions for all modules'
const noTestFile = 'Node has no test files that fresh-modules could reset between'
const neverForgets = "Node's ESM loader never forgets a module, and its namespaces are immutable"

export const contractHosts: Readonly<Record<ContractHostName, ContractHost>> = {
  memory: {
    name: 'memory',
    lacks: {
      'import-meta-env': noMetaEnv,
      'module-children': 'it keeps no such list',
      'automatic-resets': 'what runs its cases resets nothing',
      conditions: oneSet,
    },
  },
  vitest: {
    name: 'vitest',
    lacks: {
      commonjs: "the require of an inlined CommonJS file goes to Node's loader",
      'module-children': "the require of an inlined CommonJS file goes to Node's loader",
    },
  },
  'jest-cjs': {
    name: 'jest-cjs',
    lacks: {
      'top-level-await': isCommonJs,
      'import-meta-resolve': noMeta,
      'import-meta-env': noMeta,
    },
  },
  'jest-esm': {
    name: 'jest-esm',
    lacks: {
      reload: immutable,
      resets: immutable,
      'automatic-resets': immutable,
      'import-meta-env': noMetaEnv,
    },
  },
  'node-cjs': {
    name: 'node-cjs',
    lacks: {
      'top-level-await': isCommonJs,
      'import-meta-resolve': noMeta,
      'import-meta-env': noMeta,
      resets: noTestFile,
      'automatic-resets': noTestFile,
    },
  },
  'node-esm': {
    name: 'node-esm',
    lacks: {
      unload: neverForgets,
      reload: neverForgets,
      resets: neverForgets,
      'automatic-resets': neverForgets,
      'import-meta-env': noMetaEnv,
    },
  },
}

/** What a case (`ContractCase`) says of the hosts that can run it. */
interface Needs {
  readonly needs?: readonly Capability[]
  readonly except?: Readonly<Partial<Record<ContractHostName, string>>>
}

/** Why a host does not run a case; undefined if it does. */
export function reasonAgainst(host: ContractHost, { needs = [], except = {} }: Needs): string | undefined {
  for (const capability of needs) {
    const reason = host.lacks[capability]
    if (reason !== undefined) return reason
  }
  return except[host.name]
}
