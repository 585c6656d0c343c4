import { expect, test } from 'vitest'
import { doctorArgs } from './doctor.ts'

test('without arguments the whole suite is examined', () => {
  expect(doctorArgs([])).toEqual({ filters: [], options: [], searches: 3, json: false, help: false })
})

test('filters come first, and what stands after "--" is the framework’s', () => {
  expect(doctorArgs(['src/a', '--search', '9', '--json', '--', '--project=unit', '-x'])).toEqual({
    filters: ['src/a'],
    options: ['--project=unit', '-x'],
    searches: 9,
    json: true,
    help: false,
  })
})

test('the framework and its config can be named', () => {
  expect(doctorArgs(['--framework', 'jest', '--config', 'jest.unit.cjs'])).toMatchObject({
    framework: 'jest',
    config: 'jest.unit.cjs',
  })
})

test.each([
  [['--project=unit'], '-- --project=unit'],
  [['--framework', 'mocha'], '--framework vitest'],
  [['--search', 'all'], '--search 10'],
  [['--search', '-1'], '--search'],
  [['--', '-c', 'jest.unit.cjs'], 'npx fresh-modules doctor --config'],
  [['--', '--config=jest.unit.cjs'], 'npx fresh-modules doctor --config'],
  [['--config'], 'Options of the framework stand after'],
])('%j is refused with a line to write', (args, line) => {
  expect(() => doctorArgs(args)).toThrow(
    expect.objectContaining({ code: 'ERR_BAD_OPTION', message: expect.stringContaining(line) }),
  )
})
