/** The contract in real Jest, by its own command: as CommonJS, compiled by Babel, and as native ES modules. */
import { describe } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import type { Host } from '../harness/index.ts'
import { type Capability, type ContractHost, contractHosts } from './hosts.ts'
import { CASES, type ContractFramework, toSource } from './project.ts'
import { describeContract } from './run-contract.ts'

const config = (options: object, more: string) => `
  module.exports = {
    testEnvironment: '@fresh-modules/jest-env',
    testEnvironmentOptions: { freshModules: ${toSource(options)} },
    testMatch: ['<rootDir>/${CASES}/*/case.test.js'],
    // Packages of the same name in several cases.
    haste: { forceNodeFilesystemAPI: true },
    ${more}
  }
`

/** What a case writes about itself as `import.meta` is `module` in CommonJS. */
const importMeta = `
  module.exports = ({ template, types }) => ({
    visitor: {
      MemberExpression(path) {
        if (!types.isMetaProperty(path.node.object) || !types.isIdentifier(path.node.property, { name: 'url' })) return
        path.replaceWith(template.expression.ast\`require('node:url').pathToFileURL(__filename).href\`)
      },
      MetaProperty(path) {
        path.replaceWith(types.identifier('module'))
      },
    },
  })
`

const commonJs: ContractFramework = {
  imports: '',
  dir: '__dirname',
  config: (options) => ({
    'import-meta.cjs': importMeta,
    'jest.config.cjs': config(
      options,
      `
        transform: {
          '\\\\.js$': ['babel-jest', {
            presets: [['@babel/preset-env', { targets: { node: 'current' } }]],
            plugins: [require.resolve('./import-meta.cjs')],
          }],
        },
        // The packages of the cases are ES modules as well.
        transformIgnorePatterns: ['^(?!.*/${CASES}/).*/node_modules/'],
      `,
    ),
  }),
}

const nativeEsm: ContractFramework = {
  imports: '',
  dir: 'path.dirname(fileURLToPath(import.meta.url))',
  config: (options) => ({ 'jest.config.cjs': config(options, 'transform: {},') }),
}

/** What the older of the supported versions do not have yet. */
const since: Partial<Record<Capability, { hosts: readonly string[]; why: string }>> = {
  'module-children': { hosts: ['jest29', 'jest300'], why: 'Jest keeps this list from 30.5 on' },
  'import-meta-resolve': { hosts: ['jest29'], why: 'Jest has it from 30 on' },
}

function contractHostOf({ name }: Host, base: ContractHost): ContractHost {
  const older = Object.entries(since).filter(([, { hosts }]) => hosts.includes(name))
  return {
    ...base,
    lacks: { ...base.lacks, ...Object.fromEntries(older.map(([what, { why }]) => [what, why])) },
  }
}

describeHosts('jest', (host) => {
  describe('CommonJS', () => {
    describeContract(host, {
      framework: commonJs,
      contractHost: contractHostOf(host, contractHosts['jest-cjs']),
    })
  })

  describe('native ES modules', () => {
    describeContract(host, {
      framework: nativeEsm,
      contractHost: contractHostOf(host, contractHosts['jest-esm']),
      nodeArgs: ['--experimental-vm-modules', '--no-warnings'],
    })
  })
})
