import type { ContractCase } from '../case.ts'

/** Every error says what failed and why, and what to do. */
export const errorCases: readonly ContractCase[] = [
  {
    name: 'errors are of one family and have a code',
    files: { 'single.js': '/** @fresh-modules no-reimport, no-unload */\nexport const state = {}' },
    test: `
      await import('./single.js')
      const errors = [
        await caught(() => importFresh('./single.js')),
        await caught(() => unload('./single.js')),
        await caught(() => importFresh('./single.js', { nonsense: true })),
      ]
      expect(errors.map(({ code }) => code)).toEqual(['ERR_REIMPORT_REFUSED', 'ERR_UNLOAD_REFUSED', 'ERR_BAD_OPTION'])
      for (const error of errors) {
        expect(error instanceof FreshModulesError).toBe(true)
        expect(error instanceof Error).toBe(true)
        expect(error.message.startsWith('Failed to ')).toBe(true)
        expect(error.message.endsWith('.')).toBe(true)
      }
    `,
  },
  {
    name: 'a refusal names the module, its importer, the source of the flag and the reason and says what to do',
    files: {
      'single.js':
        '/** @fresh-modules no-reimport, no-reload, no-unload: owns port 5432 */\nexport const state = {}',
      'importer.js': "export * from './single.js'",
    },
    test: `
      await import('./importer.js')
      for (const call of [importFresh, unload, reloadInPlace]) {
        const { message } = await caught(() => call('./single.js'))
        for (const part of ['single.js', 'importer.js', 'module', 'owns port 5432']) expect(message).toContain(part)
        expect(message.split('. ').length > 1).toBe(true)
      }
    `,
  },
  {
    name: 'a refusal carries what it says as data',
    files: { 'single.js': '/** @fresh-modules no-reimport: one only */\nexport const state = {}' },
    test: `
      await import('./single.js')
      const { refusals } = await caught(() => importFresh('./single.js'))
      expect(refusals.length).toBe(1)
      expect(refusals[0].id).toBe((await specOf('./single.js')).id)
      expect(refusals[0].flag).toBe('allowReimport')
      expect(refusals[0].provenance).toMatchObject({ source: 'module', reason: 'one only' })
    `,
  },
]
