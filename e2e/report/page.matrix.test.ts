/** The page of the report in a browser: what the report of a leaky project shows, and how it is used. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { type Project, repoDir } from '../harness/index.ts'
import { configWith, vitestProject } from '../vitest/support.ts'
import { inOrder, sharedWorker } from '../vitest-globals/projects.ts'
import { Browser, chromiumCommand } from './chromium.ts'
import { cleanFiles, leakyFiles } from './leaky.ts'

const IMPORT = "import { expect, test } from 'vitest'"
const command = chromiumCommand()
if (command === undefined) {
  console.warn(
    'The page of the report is not tested: there is no Chromium, and installing it takes root on Debian.',
  )
}

const config = configWith({
  top: inOrder,
  test: `${sharedWorker('forks')}, sequence: { sequencer: InOrder }`,
  options: '{ report: true }',
})

const urlOf = ({ dir }: Project): string => pathToFileURL(join(dir, 'fresh-modules-report.html')).href

/** Texts of the elements that match. */
const texts = (selector: string) =>
  `[...document.querySelectorAll(${JSON.stringify(selector)})].map(({ textContent }) => textContent)`
const FILES = '#panel-files [role=row] [role=gridcell]:first-child'
const MODULES = '#panel-modules [role=row] [role=gridcell]:first-child'
/** How light the page is, from 0 to 255. */
const BACKGROUND = 'Number(/\\d+/.exec(getComputedStyle(document.body).backgroundColor)[0])'
/** What the network was asked for. */
const REQUESTS = "performance.getEntriesByType('resource').map(({ name }) => name)"

describeHosts(['vitest'], (host) => {
  test.runIf(command !== undefined)(
    'a leaky project: sorts, filters, opens, switches the theme',
    async () => {
      const app = await vitestProject(host, { ...leakyFiles(IMPORT), 'vitest.config.ts': config })
      const { output, exitCode } = await app.run()
      expect(exitCode, output).toBe(0)
      const shots = join(repoDir, 'e2e/.hosts/screenshots')
      mkdirSync(shots, { recursive: true })
      await using browser = await Browser.open(command ?? '', urlOf(app))
      await browser.prefer('light')

      expect(await browser.evaluate<string>('document.querySelector("#verdict").textContent')).toBe(
        '2 of 3 test files leave something behind. 1 package loaded in more than one copy.',
      )
      // Most leaks first; by name after a click, the other way round after another.
      expect(await browser.evaluate<string[]>(texts(FILES))).toEqual([
        'src/a.test.ts',
        'src/b.test.ts',
        'src/clean.test.ts',
      ])
      const byName = '#panel-files [role=columnheader]:first-child'
      await browser.click(`${byName} button`)
      await browser.click(`${byName} button`)
      expect(await browser.evaluate<string[]>(texts(FILES))).toEqual([
        'src/clean.test.ts',
        'src/b.test.ts',
        'src/a.test.ts',
      ])
      expect(await browser.evaluate(`document.querySelector('${byName}').ariaSort`)).toBe('descending')
      await browser.click('#panel-files input')
      await browser.type('b.test')
      expect(await browser.evaluate<string[]>(texts(FILES))).toEqual(['src/b.test.ts'])
      expect(await browser.evaluate<string[]>(texts('#panel-files .found'))).toEqual(['1 of 3'])

      // By keyboard: the picture tells its parts, and opens a file.
      await browser.evaluate("document.querySelector('#panel-files canvas').focus()")
      await browser.press('ArrowRight')
      expect(await browser.evaluate<string[]>(texts('#panel-files .caption'))).toEqual([
        'src/a.test.ts: setInterval(54321 ms), put back',
      ])
      await browser.press('Enter')
      expect(await browser.evaluate<string[]>(texts('dialog li'))).toEqual(
        expect.arrayContaining([
          'setInterval(54321 ms) · by src/a.test.ts · put back',
          'process.env.SECRET_TOKEN · put back',
          'src/counter.ts · seen, total · put back',
        ]),
      )
      await browser.press('Escape')
      expect(await browser.evaluate('document.querySelector("dialog[open]")')).toBeNull()

      // From tab to tab by keyboard; the first module is the dearest.
      await browser.evaluate("document.querySelector('#tab-files').focus()")
      await browser.press('ArrowRight')
      const [dearest] = await browser.evaluate<string[]>(texts(MODULES))
      expect(dearest).toBe('src/heavy.ts')
      await browser.evaluate("document.querySelector('#panel-modules [role=grid]').focus()")
      await browser.press('Enter')
      expect(await browser.evaluate<string[]>(texts('dialog h2'))).toEqual(['src/heavy.ts'])
      expect(await browser.evaluate<string>('document.querySelector("dialog").textContent')).toMatch(
        /3 evaluations in 2 test files took \d+ ms without imports. It holds state/,
      )
      await browser.press('Escape')

      await browser.screenshot(join(shots, 'modules-light.png'))
      expect(await browser.evaluate(BACKGROUND)).toBeGreaterThan(200)
      await browser.click('.theme')
      expect(await browser.evaluate(BACKGROUND)).toBeLessThan(60)
      expect(await browser.evaluate<string[]>(texts('.theme'))).toEqual(['Light theme'])
      await browser.screenshot(join(shots, 'modules-dark.png'))
      await browser.click('#tab-files')
      await browser.screenshot(join(shots, 'files-dark.png'))

      await browser.click('#tab-packages')
      expect(await browser.evaluate<string[]>(texts('#panel-packages li'))).toEqual([
        'node_modules/wrapper/node_modules/twofold',
        'node_modules/wrapper/index.js',
        'src/a.test.ts',
        'node_modules/twofold',
        'src/b.test.ts',
      ])
      await browser.click('#tab-advice')
      expect(await browser.evaluate<string[]>(texts('#panel-advice pre'))).toEqual(
        expect.arrayContaining([expect.stringContaining("{ match: 'twofold', allowReimport: false")]),
      )

      const names = await browser.accessibleNames()
      expect(names).toEqual(
        expect.arrayContaining(['tab To do (2)', 'tabpanel To do (2)', 'button Light theme', 'button Copy']),
      )
      expect(await browser.evaluate<string[]>(REQUESTS)).toEqual([])
    },
  )

  test.runIf(command !== undefined)('a clean suite, and one of 5 000 modules and 500 files', async () => {
    const app = await vitestProject(host, { ...cleanFiles(IMPORT), 'vitest.config.ts': config })
    const { output, exitCode } = await app.run()
    expect(exitCode, output).toBe(0)
    {
      await using browser = await Browser.open(command ?? '', urlOf(app))
      expect(await browser.evaluate<string>('document.querySelector("#verdict").textContent')).toBe(
        'All clean: 1 test file left nothing behind, no package is there twice, and nobody waited.',
      )
      await browser.click('#tab-packages')
      expect(await browser.evaluate<string[]>(texts('#panel-packages'))).toEqual([
        'No package was loaded in more than one copy.',
      ])
    }
    writeLarge(app)
    await using browser = await Browser.open(command ?? '', urlOf(app))
    // A screenful of rows is in the document, wherever one looks, and the last one can be reached.
    await browser.click('#tab-modules')
    expect(await browser.evaluate<string[]>(texts('#panel-modules .found'))).toEqual(['5000 of 5000'])
    await browser.evaluate(`new Promise((done) => {
      document.querySelector('#panel-modules .view').scrollTop = 1e9
      requestAnimationFrame(() => setTimeout(done))
    })`)
    const rows = await browser.evaluate<string[]>(texts(MODULES))
    expect(rows.length).toBeLessThan(40)
    expect(rows.at(-1)).toBe('src/part/module4999.ts')
    await browser.click('#tab-files')
    expect((await browser.evaluate<string[]>(texts(FILES))).length).toBeLessThan(40)
  })
})

/** The report of the clean suite, blown up, in its page. */
function writeLarge({ dir }: Project): void {
  const file = join(dir, 'fresh-modules-report.html')
  const page = readFileSync(file, 'utf8')
  const [, json = ''] = /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(page) ?? []
  const report = JSON.parse(json) as { files: object[]; modules: object[] }
  const files = Array.from({ length: 500 }, (_, index) => ({
    ...report.files[0],
    path: `src/file${index}.test.ts`,
    leaks: [{ what: `process.env.NAME${index % 50}`, kind: 'variable', fate: 'put back' }],
  }))
  const modules = Array.from({ length: 5000 }, (_, index) => ({
    ...report.modules[0],
    path: `src/part/module${index}.ts`,
    selfMs: 5000 - index,
  }))
  writeFileSync(
    file,
    page.replace(json, () => JSON.stringify({ ...report, files, modules })),
  )
}
