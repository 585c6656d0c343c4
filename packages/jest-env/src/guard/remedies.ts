/** What to write into the config of Jest, for messages of the guard. */
import { fileOf, type GuardedCopy, type ModuleHost } from 'fresh-modules/internal/core'

export const REMEDIES: NonNullable<ModuleHost['remedies']> = {
  dedupe: (name) =>
    `Map every import to one copy: moduleNameMapper: { '^${name}$': require.resolve('${name}') } in the Jest config.`,
  oneLoader: (name) => `Have Jest load "${name}" for everybody, without a mapping to another place.`,
  oneFormat: (name, first, second) => {
    const { id }: GuardedCopy = first.format === 'cjs' ? first : second
    return (
      'Map every import to the CommonJS build, which can be required too: ' +
      `moduleNameMapper: { '^${name}$': '${fileOf(id)}' } in the Jest config.`
    )
  },
}
