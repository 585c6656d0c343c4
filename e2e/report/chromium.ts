/** Headless Chromium, driven by its own protocol over a pipe: enough to open a page, click, type, and look at it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

/**
 * The command of a Chromium. Where there is none, it is installed from Debian's packages, which takes root; undefined
 * where that cannot be done.
 */
export function chromiumCommand(): string | undefined {
  const found = installed()
  if (found !== undefined || process.getuid?.() !== 0) return found
  const options = {
    stdio: 'ignore',
    timeout: 280_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  } as const
  spawnSync('apt-get', ['update', '-qq'], options)
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options)
  return installed()
}

function installed(): string | undefined {
  return NAMES.find((name) => spawnSync(name, ['--version'], { timeout: 30_000 }).status === 0)
}

interface Answer {
  readonly id?: number
  readonly result?: Record<string, unknown>
  readonly error?: { readonly message: string }
}

export class Browser implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #profile: string
  readonly #pending = new Map<
    number,
    { resolve(result: Record<string, unknown>): void; reject(error: Error): void }
  >()
  #session: string | undefined
  #calls = 0

  private constructor(command: string) {
    this.#profile = mkdtempSync(join(tmpdir(), 'chromium-'))
    const args = [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--remote-debugging-pipe',
      `--user-data-dir=${this.#profile}`,
      'about:blank',
    ]
    this.#process = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
    let text = ''
    const answers = this.#process.stdio[4] as Readable
    answers.setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (text + chunk).split('\0')
      text = messages.pop() ?? ''
      for (const message of messages) this.#heard(JSON.parse(message) as Answer)
    })
  }

  /** Opens a page, in a window of this size. */
  static async open(command: string, url: string, size = { width: 1200, height: 900 }): Promise<Browser> {
    const browser = new Browser(command)
    const { targetInfos } = (await browser.#call('Target.getTargets')) as {
      targetInfos: { type: string; targetId: string }[]
    }
    const targetId = targetInfos.find(({ type }) => type === 'page')?.targetId
    const { sessionId } = await browser.#call('Target.attachToTarget', { targetId, flatten: true })
    browser.#session = sessionId as string
    await browser.#call('Emulation.setDeviceMetricsOverride', {
      ...size,
      deviceScaleFactor: 1,
      mobile: false,
    })
    await browser.#call('Page.navigate', { url })
    await browser.evaluate(`new Promise((done) => {
      const look = () => document.readyState === 'complete' && location.href !== 'about:blank' ? done() : setTimeout(look, 20)
      look()
    })`)
    return browser
  }

  #heard({ id, result, error }: Answer): void {
    const pending = id === undefined ? undefined : this.#pending.get(id)
    if (id === undefined || !pending) return
    this.#pending.delete(id)
    if (error) pending.reject(new Error(error.message))
    else pending.resolve(result ?? {})
  }

  #call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#calls
    const message = { id, method, params, ...(this.#session ? { sessionId: this.#session } : {}) }
    ;(this.#process.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`)
    return new Promise((resolve, reject) => void this.#pending.set(id, { resolve, reject }))
  }

  /** The value of an expression in the page; of a promise, once it has settled. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = (await this.#call('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })) as { result: { value: T }; exceptionDetails?: { exception?: { description?: string } } }
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? 'the page has thrown')
    return result.value
  }

  /** Clicks, as a mouse does, in the middle of the first element that matches. */
  async click(selector: string): Promise<void> {
    const { x, y } = await this.evaluate<{ x: number; y: number }>(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)})
      element.scrollIntoView({ block: 'center' })
      const { left, top, width, height } = element.getBoundingClientRect()
      return { x: left + width / 2, y: top + height / 2 }
    })()`)
    const at = { x, y, button: 'left', clickCount: 1 }
    await this.#call('Input.dispatchMouseEvent', { type: 'mousePressed', ...at })
    await this.#call('Input.dispatchMouseEvent', { type: 'mouseReleased', ...at })
  }

  async press(key: 'ArrowDown' | 'ArrowRight' | 'Enter' | 'Escape' | 'Tab'): Promise<void> {
    const code = { ArrowDown: 40, ArrowRight: 39, Enter: 13, Escape: 27, Tab: 9 }[key]
    const event = { key, code: key, windowsVirtualKeyCode: code, ...(key === 'Enter' ? { text: '\r' } : {}) }
    await this.#call('Input.dispatchKeyEvent', { type: 'keyDown', ...event })
    await this.#call('Input.dispatchKeyEvent', { type: 'keyUp', ...event })
  }

  async type(text: string): Promise<void> {
    await this.#call('Input.insertText', { text })
  }

  async prefer(theme: 'light' | 'dark'): Promise<void> {
    await this.#call('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: theme }],
    })
  }

  async screenshot(file: string): Promise<Buffer> {
    const { data } = await this.#call('Page.captureScreenshot', { format: 'png' })
    const image = Buffer.from(data as string, 'base64')
    writeFileSync(file, image)
    return image
  }

  /** The names that the browser gives to assistive technology, with their roles. */
  async accessibleNames(): Promise<string[]> {
    const { nodes } = (await this.#call('Accessibility.getFullAXTree')) as {
      nodes: { ignored: boolean; role?: { value: string }; name?: { value: string } }[]
    }
    return nodes
      .filter(({ ignored }) => !ignored)
      .map(({ role, name }) => `${role?.value} ${name?.value ?? ''}`.trim())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((done) => this.#process.once('exit', done))
    this.#process.kill('SIGKILL')
    await ended
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 })
  }
}
