/** What to write into the config of Vitest, for messages of the guard. */
import {
  fileOf,
  type GuardedCopy,
  guardedFormatOf,
  isInstalled,
  type ModuleHost,
  NODE_LOADER,
  packageOf,
} from 'fresh-modules/internal'

export const REMEDIES: NonNullable<ModuleHost['remedies']> = {
  dedupe(name, second) {
    const importer = installedImporter(second)
    if (importer?.format === 'cjs') {
      return `Install "${name}" once, for instance by npm dedupe: "${importer.name}" requires the other copy by itself.`
    }
    const inlined = importer ? `, and test: { server: { deps: { inline: ['${importer.name}'] } } }` : ''
    return `Add resolve: { dedupe: ['${name}'] }${inlined} to the config, so that every import leads to one copy.`
  },

  oneLoader(name, first, second) {
    const byNode = first.loader === NODE_LOADER ? first : second
    const importer = installedImporter(byNode)
    if (importer?.format === 'esm') {
      return `Inline who imports it too: test: { server: { deps: { inline: ['${name}', '${importer.name}'] } } }.`
    }
    return `Lead every import to the file that Node has loaded: ${alias(name, byNode)}.`
  },

  oneFormat(name, first, second) {
    const [esm, cjs] = first.format === 'esm' ? [first, second] : [second, first]
    const importer = installedImporter(esm)
    const inlined = importer ? ` and test: { server: { deps: { inline: ['${importer.name}'] } } }` : ''
    return `Lead every import to the CommonJS build, which can be required too: ${alias(name, cjs)}${inlined}.`
  },
}

function alias(name: string, { id }: GuardedCopy): string {
  const pattern = name.startsWith('/') ? JSON.stringify(name) : `/^${name.replaceAll('/', '\\/')}$/`
  return `resolve: { alias: [{ find: ${pattern}, replacement: '${fileOf(id)}' }] }`
}

/** The installed package that imports a copy, if it is no first-party module that does. */
function installedImporter({ importedBy: [importer] }: GuardedCopy) {
  if (importer === undefined || !isInstalled(importer)) return undefined
  const name = packageOf(fileOf(importer))?.name
  return name === undefined ? undefined : { name, format: guardedFormatOf(importer) }
}
