/** Watch mode: what changes on disk is seen by the next run, and nothing outlives the session. */
import { type ChildProcess, spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { nodeBinary, type Project } from '../harness/index.ts'
import { runProcess } from '../harness/processes.ts'
import { configWith, vitestBin, vitestProject } from './support.ts'

const files = {
  'src/config.ts': "export const value: string = 'first'",
  'src/user.ts': "import { value } from './config'\nexport const used = value",
  'src/a.test.ts': `
    import { importFresh, reloadInPlace } from 'fresh-modules'
    import { test } from 'vitest'
    import * as config from './config'
    test('what this run sees', async () => {
      const copies = [
        await importFresh('./config'),
        await importFresh(() => import('./config')),
        await reloadInPlace(config),
        { value: (await importFresh('./user')).used },
        { value: (await importFresh('./user', { fresh: 'imports' })).used },
      ]
      console.log('SEEN ' + [config, ...copies].map(({ value }) => value).join(' '))
    })
  `,
}

class Session {
  readonly #child: ChildProcess
  #output = ''
  #read = 0

  constructor(app: Project, node: string, args: readonly string[]) {
    this.#child = spawn(node, [...args], {
      cwd: app.dir,
      env: app.env(node, { CI: undefined }),
      detached: true,
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
      })
    }
  }

  get output(): string {
    return this.#output
  }

  /** Waits for text that comes after what was waited for last. */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    const end = Date.now() + 20_000
    while (Date.now() < end) {
      const match = pattern.exec(this.#output.slice(this.#read))
      if (match) {
        this.#read += match.index + match[0].length
        return match
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`${pattern} has not come:\n${this.#output}`)
  }

  /** Ends it as a terminal does, and waits until it is gone. */
  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGINT')
    await gone
  }

  /** What still runs of its process group, but for what only waits to be noticed as ended. */
  async processes(): Promise<string[]> {
    const { stdout } = await runProcess('ps', ['-A', '-o', 'pgid=,stat=,args='], {
      cwd: process.cwd(),
      env: process.env,
      timeout: 10_000,
    })
    return stdout.split('\n').filter((line) => {
      const [group, state] = line.trim().split(/\s+/)
      return Number(group) === this.#child.pid && !state?.startsWith('Z')
    })
  }

  kill(): void {
    try {
      process.kill(-(this.#child.pid as number), 'SIGKILL')
    } catch {
      // The whole group has already ended.
    }
  }
}

describeHosts('vitest', (host) => {
  for (const isolate of [true, false]) {
    test(`a changed file is new in the next run, with isolate: ${isolate}`, async () => {
      const app = await vitestProject(host, {
        ...files,
        'vitest.config.ts': configWith({ test: `watch: true, isolate: ${isolate}, pool: 'forks'` }),
      })
      const session = new Session(app, await nodeBinary(), [await vitestBin(host), '--watch'])
      try {
        for (const value of ['first', 'second', 'third', 'other']) {
          if (value !== 'first') app.write({ 'src/config.ts': `export const value: string = '${value}'` })
          const [, seen] = await session.waitFor(/SEEN (.*)/)
          expect(seen).toBe(Array(6).fill(value).join(' '))
          await session.waitFor(/(?:Waiting|Watching) for file changes/)
        }
        app.write({ 'src/config.ts': 'export const value: string ==' })
        await session.waitFor(/(?:Waiting|Watching) for file changes/)
        app.write({ 'src/config.ts': "export const value: string = 'mended'" })
        expect((await session.waitFor(/SEEN (.*)/))[1]).toBe(Array(6).fill('mended').join(' '))
        await session.waitFor(/(?:Waiting|Watching) for file changes/)
        await session.stop()
        await expect.poll(() => session.processes(), { timeout: 5000 }).toEqual([])
      } finally {
        session.kill()
      }
    })
  }
})
