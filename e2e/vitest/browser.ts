/** A real browser for projects in browser mode. It comes from the registry, so nothing has to be on the machine. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packagesDir } from '../harness/index.ts'

interface Chromium {
  readonly args: readonly string[]
  executablePath(): Promise<string>
}

/** Source text for a config: what stands before it, and the fields of `test` by which a project runs in the browser. */
export async function browserMode(): Promise<{ readonly top: string; readonly test: string }> {
  const dir = await packagesDir('browser', { '@sparticuz/chromium': '^153.0.0' })
  const entry = createRequire(join(dir, 'package.json')).resolve('@sparticuz/chromium')
  const { default: chromium } = (await import(pathToFileURL(entry).href)) as { default: Chromium }
  const launchOptions = JSON.stringify({
    executablePath: await chromium.executablePath(),
    args: chromium.args,
  })
  return {
    top: `import { playwright } from '@vitest/browser-playwright'`,
    test: `browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: ${launchOptions} }),
      instances: [{ browser: 'chromium' }],
    }`,
  }
}
