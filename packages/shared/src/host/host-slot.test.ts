import { describe, expect, test, vi } from 'vitest'
import { fakeInstalled } from '../../test-host/fake-host.ts'
import { installedIn, installHost } from './host-slot.ts'

describe('a realm', () => {
  test('has the host that was installed in it, until that is removed', () => {
    const realm = {}
    const mine = fakeInstalled()
    const uninstall = installHost(realm, mine)
    expect(installedIn(realm)).toBe(mine)
    expect(installedIn({})).toBeUndefined()
    uninstall()
    expect(installedIn(realm)).toBeUndefined()
  })

  test('has the latest of two, and removing the earlier one changes nothing', () => {
    const realm = {}
    const [first, second] = [fakeInstalled(), fakeInstalled()]
    const removeFirst = installHost(realm, first)
    installHost(realm, second)
    removeFirst()
    expect(installedIn(realm)).toBe(second)
  })

  test('may remove its host twice', () => {
    const realm = {}
    const uninstall = installHost(realm, fakeInstalled())
    uninstall()
    uninstall()
    expect(installedIn(realm)).toBeUndefined()
  })

  test('shows nothing of it to those who look at its properties', () => {
    const realm = {}
    installHost(realm, fakeInstalled())
    expect(Object.keys(realm)).toEqual([])
    expect({ ...realm }).toEqual({})
  })

  test('is shared by several copies of this package', async () => {
    const realm = {}
    const mine = fakeInstalled()
    installHost(realm, mine)
    vi.resetModules()
    const other = await import('./host-slot.ts')
    expect(other.installedIn).not.toBe(installedIn)
    expect(other.installedIn(realm)).toBe(mine)
  })
})
