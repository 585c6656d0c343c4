/** What belongs to the page apart from its document: where it is, its history, storages and cookies. */
import type { Change, GlobalsPart } from '../change.ts'
import type { JsdomHandle } from '../realm.ts'
import { shortenHistory } from './dom-internals.ts'
import type { DomRealm, DomStorage, HappyDomHandle, PageRealm, RealWindow } from './window.ts'

export class LocationPart implements GlobalsPart {
  readonly #realm: DomRealm
  readonly #window: RealWindow
  readonly #jsdom: JsdomHandle | undefined
  #href = ''
  #state: unknown
  #length = 0

  constructor({ realm, window, jsdom }: PageRealm) {
    this.#realm = realm
    this.#window = window
    this.#jsdom = jsdom
  }

  capture(): void {
    this.#keepPlace()
    this.#keepLength()
  }

  #keepPlace(): void {
    this.#href = this.#realm.location.href
    this.#state = this.#realm.history.state
  }

  #keepLength(): void {
    this.#length = this.#realm.history.length
  }

  *changes(): Iterable<Change> {
    const { location, history } = this.#realm
    // The length first: the entry that stays is then given its address and state.
    if (history.length !== this.#length) {
      yield {
        what: 'history.length',
        kind: 'location',
        now: history.length,
        undo: () => this.#shorten(),
        keep: () => this.#keepLength(),
      }
    }
    if (location.href !== this.#href || !Object.is(history.state, this.#state)) {
      yield {
        what: 'location.href',
        kind: 'location',
        now: location.href,
        undo: () => this.#goBack(),
        keep: () => this.#keepPlace(),
      }
    }
  }

  #shorten(): void {
    if (shortenHistory(this.#window, this.#length)) return
    throw new Error('entries of the history cannot be taken back here')
  }

  #goBack(): void {
    const { location, history } = this.#realm
    if (location.href !== this.#href) {
      // Another origin can be reached by these only.
      const happyDom = (this.#realm.happyDOM ?? this.#window['happyDOM']) as HappyDomHandle | undefined
      if (this.#jsdom) this.#jsdom.reconfigure({ url: this.#href })
      else happyDom?.setURL(this.#href)
    }
    history.replaceState(this.#state, '', this.#href)
    if (location.href !== this.#href) throw new Error('the page cannot be moved back from here')
  }
}

export class StoragePart implements GlobalsPart {
  readonly #name: string
  readonly #storage: DomStorage
  #was: readonly (readonly [string, string])[] = []

  constructor(name: string, storage: DomStorage) {
    this.#name = name
    this.#storage = storage
  }

  capture(): void {
    this.#was = this.#entries()
  }

  *changes(): Iterable<Change> {
    const now = JSON.stringify(this.#entries())
    if (now === JSON.stringify(this.#was)) return
    yield {
      what: this.#name,
      kind: 'storage',
      now,
      undo: () => {
        this.#storage.clear()
        for (const [key, value] of this.#was) this.#storage.setItem(key, value)
      },
      keep: () => this.capture(),
    }
  }

  #entries(): (readonly [string, string])[] {
    return Array.from({ length: this.#storage.length }, (_, index) => {
      const key = this.#storage.key(index) ?? ''
      return [key, this.#storage.getItem(key) ?? ''] as const
    })
  }
}

export class CookiesPart implements GlobalsPart {
  readonly #realm: DomRealm
  readonly #jsdom: JsdomHandle | undefined
  #was = ''

  constructor({ realm, jsdom }: PageRealm) {
    this.#realm = realm
    this.#jsdom = jsdom
  }

  capture(): void {
    this.#was = this.#realm.document.cookie
  }

  *changes(): Iterable<Change> {
    const { document, location } = this.#realm
    const now = document.cookie
    if (now === this.#was) return
    yield {
      what: 'document.cookie',
      kind: 'cookies',
      now,
      undo: () => {
        for (const cookie of split(now)) {
          const name = nameOf(cookie)
          for (const path of ['', ...pathsOf(location.href)]) {
            document.cookie = `${name}=;${path && ` path=${path};`} expires=Thu, 01 Jan 1970 00:00:00 GMT`
          }
        }
        // Those of other paths and hosts as well, where nothing was there before.
        if (this.#was === '') this.#jsdom?.cookieJar.removeAllCookiesSync()
        for (const cookie of split(this.#was)) document.cookie = `${cookie}; path=/`
        if (document.cookie !== this.#was)
          throw new Error(`${namesOf(document.cookie)} cannot be deleted from here`)
      },
      keep: () => this.capture(),
    }
  }
}

function split(cookies: string): string[] {
  return cookies.split(/; */).filter(Boolean)
}

function nameOf(cookie: string): string {
  return cookie.split('=', 1)[0] ?? ''
}

/** Without the values, which may be secrets. */
function namesOf(cookies: string): string {
  return (
    split(cookies)
      .map((cookie) => `"${nameOf(cookie)}"`)
      .join(', ') || 'a cookie'
  )
}

/** The path of an address and all paths above it. */
function pathsOf(href: string): string[] {
  const segments = new URL(href).pathname.split('/').filter(Boolean)
  return ['/', ...segments.map((_, index) => `/${segments.slice(0, index + 1).join('/')}`)]
}
