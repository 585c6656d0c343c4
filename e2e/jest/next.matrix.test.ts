/** A small project of Next by its own preset for Jest (docs/other-tools.md). */
import { expect, test } from 'vitest'
import { addPackages } from '../harness/add-packages.ts'
import { describeHosts } from '../harness/describe-hosts.ts'
import { jestProject } from './support.ts'

const config = (more = '') => `
  const nextJest = require('next/jest.js')
  module.exports = nextJest({ dir: './' })({
    testEnvironment: '@fresh-modules/jest-env/jsdom',
    moduleNameMapper: { '^@/(.*)$': '<rootDir>/$1' },
    ${more}
  })
`

const spec = (name: string) => `
  import { fireEvent, render, screen } from '@testing-library/react'
  import { importFresh } from 'fresh-modules'
  import Page from '@/app/page'
  import { items } from '@/lib/cart'
  const mockPush = jest.fn()
  jest.mock('next/navigation', () => ({ useRouter: () => ({ push: (to) => mockPush(to, '${name}') }) }))
  test.each([1, 2])('starts with an empty cart, %i', () => {
    render(<Page />)
    const button = screen.getByRole('button')
    expect(button.textContent).toBe('0 items')
    fireEvent.click(button)
    expect(items).toEqual(['tea'])
    expect(mockPush).toHaveBeenCalledWith('/cart', '${name}')
  })
  test('a module of the server, fresh', async () => {
    const { call, region } = await importFresh('@/app/action', { env: { REGION: 'eu' }, conditions: ['react-server'] })
    expect([call(), region]).toEqual([1, 'eu'])
  })
`

describeHosts(['jest'], (host) => {
  test('next/jest: modules are fresh in each test, with a realm for each file and with a shared one', {
    timeout: 600_000,
  }, async () => {
    const app = await jestProject(host, {
      'app/page.js': `
        'use client'
        import Link from 'next/link'
        import { useRouter } from 'next/navigation'
        import { items } from '@/lib/cart'
        import styles from './page.module.css'
        export default function Page() {
          const router = useRouter()
          const buy = () => { items.push('tea'); router.push('/cart') }
          return <p className={styles.page}><button onClick={buy}>{items.length} items</button><Link href="/about">about</Link></p>
        }
      `,
      'app/page.module.css': '.page { color: teal }',
      'app/action.js': `
        import 'server-only'
        import { cookies } from 'next/headers'
        let calls = 0
        export const call = () => ++calls
        export const region = process.env.REGION
        export const session = async () => (await cookies()).get('session')
      `,
      'lib/cart.js': 'export const items = []',
      'test/a.test.js': spec('a'),
      'test/b.test.js': spec('b'),
      'jest.config.cjs': config(),
      'shared.config.cjs': config('testEnvironmentOptions: { freshModules: { isolate: false } },'),
    })
    await addPackages(app, 'next', {
      next: '^16.4.0',
      react: '^19.3.1',
      'react-dom': '^19.3.1',
      '@testing-library/dom': '^10.4.1',
      '@testing-library/react': '^16.3.0',
    })
    const env = { NEXT_TELEMETRY_DISABLED: '1' }
    for (const config of ['jest.config.cjs', 'shared.config.cjs']) {
      const { output, passed, failed } = await app.run(['--config', config, '--runInBand'], { env })
      expect({ config, passed, failed }, output).toEqual({ config, passed: 6, failed: 0 })
    }
  })
})
