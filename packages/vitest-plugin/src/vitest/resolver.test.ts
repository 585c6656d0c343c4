import { pathToFileURL } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { openProject } from '../../test-host/project.ts'

describe('a specifier', () => {
  test('leads to where the server says, for its importer', async () => {
    const { host, id } = openProject({ 'a.ts': '', 'sub/a.ts': '', 'node_modules/pkg/index.js': '' })
    const resolve = (specifier: string, importer: string) => host.resolve(specifier, id(importer), 'import')
    expect(await resolve('./a.ts', 'a.test.ts')).toBe(id('a.ts'))
    expect(await resolve('./a.ts', 'sub/b.ts')).toBe(id('sub/a.ts'))
    expect(await resolve(String(pathToFileURL(id('a.ts'))), 'sub/b.ts')).toBe(id('a.ts'))
    expect(await resolve('pkg', 'a.test.ts')).toBe(id('node_modules/pkg/index.js'))
    expect(await resolve('fs', 'a.test.ts')).toBe('node:fs')
  })

  test('that leads nowhere fails with the error of the server, and is asked for again', async () => {
    const { host, id, write } = openProject({})
    const resolve = () => host.resolve('./late.ts', id('a.test.ts'), 'import')
    await expect(resolve()).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
    write('late.ts', '')
    expect(await resolve()).toBe(id('late.ts'))
  })

  test('that was found is not asked for again', async () => {
    const { host, id } = openProject({ 'a.ts': '' })
    const asked = vi.spyOn(host.worker.rpc, 'resolve')
    for (let time = 0; time < 3; time++) await host.resolve('./a.ts', id('a.test.ts'), 'import')
    expect(asked).toHaveBeenCalledOnce()
  })
})
