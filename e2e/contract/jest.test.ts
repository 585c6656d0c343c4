/** The contract in real Jest, by its own command: as CommonJS, compiled by Babel, and as native ES modules. */
import { describe } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { jestContractHost } from './jest-hosts.ts'
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

describeHosts('jest', (host) => {
  describe('CommonJS', () => {
    describeContract(host, {
      framework: commonJs,
      contractHost: jestContractHost(host.name, 'jest-cjs'),
    })
  })

  describe('native ES modules', () => {
    describeContract(host, {
      framework: nativeEsm,
      contractHost: jestContractHost(host.name, 'jest-esm'),
      nodeArgs: ['--experimental-vm-modules', '--no-warnings'],
    })
  })
})
