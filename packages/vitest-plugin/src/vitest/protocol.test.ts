import { expect, test } from 'vitest'
import {
  deserializeOptions,
  dropRequest,
  fileToDrop,
  idsToJudge,
  judgedAnswer,
  judgeRequest,
  serializeOptions,
  verdictsIn,
} from './protocol.ts'

test('options arrive in the worker as the config has them, patterns included', () => {
  const options = {
    resetBetween: 'files' as const,
    knownSingletons: false,
    lockTimeout: 5,
    specs: [{ match: ['react', /src\/.*\.ts$/i], allowReimport: false, reason: 'x' }],
  }
  expect(deserializeOptions(serializeOptions(options))).toEqual(options)
  expect(JSON.parse(serializeOptions(options))).toBeTypeOf('object')
})

test('no options are no options', () => {
  expect(deserializeOptions(serializeOptions({}))).toEqual({ specs: [] })
})

test('what is not an option is refused in the worker too', () => {
  expect(() => deserializeOptions('{ "color": "red", "specs": [] }')).toThrow(/there is no option "color"/)
})

test.each(['/app/src/a.ts', '/app/with space & more=#?.ts', 'C:/app/ä.ts', '/app/100%.ts'])(
  'a request to drop %s names that file',
  (file) => {
    expect(fileToDrop(dropRequest(file))).toBe(file)
    // Vite splits specifiers at characters that end a path.
    expect(dropRequest(file)).not.toMatch(/[ #]/)
  },
)

test('any other specifier is no request', () => {
  for (const specifier of ['/app/a.ts', 'virtual:fresh-modules', 'virtual:fresh-modules/drop?', '']) {
    expect(fileToDrop(specifier)).toBeUndefined()
  }
})

test('a request to judge names modules, and its answer has a verdict for each', () => {
  const ids = ['/app/a.ts', '/app/with space & more=#?.ts?raw']
  expect(idsToJudge(judgeRequest(ids))).toEqual(ids)
  expect(judgeRequest(ids)).not.toMatch(/[ #]/)
  const verdicts = [{ effects: [{ line: 1, text: 'program.command("a & b")', name: 'commander' }] }, null]
  expect(verdictsIn(judgedAnswer(verdicts))).toEqual(verdicts)
  expect([idsToJudge('/app/a.ts'), verdictsIn('/app/a.ts'), verdictsIn(undefined)]).toEqual([
    undefined,
    [],
    [],
  ])
})
