import type { EvaluatedModules } from 'vite/module-runner'
import { beforeAll, describe, expect, test } from 'vitest'
import { normalizeModId } from './mod-ids.ts'

describe("on Windows, Vite's id", () => {
  /** Of a copy of Vite's runner that was loaded where the platform is said to be Windows. */
  let graph: EvaluatedModules
  beforeAll(async () => {
    const platform = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor
    Object.defineProperty(process, 'platform', { ...platform, value: 'win32' })
    try {
      const onWindows = `${import.meta.resolve('vite/module-runner')}?windows`
      const vite = (await import(onWindows)) as typeof import('vite/module-runner')
      graph = new vite.EvaluatedModules()
    } finally {
      Object.defineProperty(process, 'platform', platform)
    }
  })

  test.each([
    ['C:/app/a.ts', 'C:/app/a.ts'],
    ['/@fs/C:/app/a.ts', 'C:/app/a.ts'],
    ['/@fs/c:/app/a.ts?x=1', 'c:/app/a.ts?x=1'],
    ['file:///C:/app/a.ts', 'C:/app/a.ts'],
    ['C:\\app\\a.ts', 'C:/app/a.ts'],
    ['mock:C:/app/a.ts', 'mock:C:/app/a.ts'],
    ['/src/a.ts', '/src/a.ts'],
    ['virtual:env', 'virtual:env'],
    ['\0virtual', '\0virtual'],
    ['\\\\server\\share\\a.ts', '/server/share/a.ts'],
    ['//server/share/a.ts', '/server/share/a.ts'],
  ])('%j is our %j, and so in its graph', (vites, ours) => {
    expect(normalizeModId(vites, true)).toBe(ours)
    expect(graph.ensureModule(vites, vites).id).toBe(ours)
  })

  test.each(['file://server/share/a.ts', 'file:////server/share/a.ts'])(
    '%j is the network path as well',
    (vites) => {
      expect(normalizeModId(vites, true)).toBe('/server/share/a.ts')
    },
  )
})

test('elsewhere a backslash is a character like any other', () => {
  expect(normalizeModId('/app/a\\b.ts', false)).toBe('/app/a\\b.ts')
})
