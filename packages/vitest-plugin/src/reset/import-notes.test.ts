import { expect, test } from 'vitest'
import { openProject } from '../../test-host/project.ts'

test('static imports that Vitest has hoisted vi.mock above are static still', async () => {
  const { host, id, ...project } = openProject({
    'a.ts': "const __vi_import_0__ = await import('./b.ts')\nexport const later = () => import('./c.ts')",
    'b.ts': '',
    'c.ts': '',
  })
  const { later } = (await project.import('a.ts')) as { later(): Promise<unknown> }
  await later()
  expect([...host.resets.staticImports(id('a.ts'))]).toEqual([id('b.ts')])
})
