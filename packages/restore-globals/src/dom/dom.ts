/**
 * The DOM of jsdom and happy-dom environments, brought back to what it was. It is cleaned, not replaced: kept packages
 * hold the window, the document and its body from the time at which they were evaluated.
 */
import type { Found, GlobalsPart, Outcome } from '../change.ts'
import type { Watched } from '../property-table.ts'
import type { Realm } from '../realm.ts'
import { CustomElements } from './custom-elements.ts'
import { DocumentPart } from './document-part.ts'
import type { RequireOfDom } from './dom-internals.ts'
import { domObjects, read } from './dom-objects.ts'
import { FramesAndObservers } from './frames-and-observers.ts'
import { DomListeners, type DomWatchOptions } from './listeners.ts'
import { CookiesPart, LocationPart, StoragePart } from './page-part.ts'
import { type DomStorage, domOf, type PageRealm } from './window.ts'
import { WindowHandlersPart } from './window-handlers.ts'

export interface Dom {
  readonly page: PageRealm
  readonly parts: readonly GlobalsPart[]
  watchedObjects(): Iterable<Watched>
  /** Puts our methods in front of those that are watched: before anything is captured. */
  install(): void
  /** Ends what would go on calling files that have ended: listeners, frames, observers. */
  stopCallbacks(): Outcome[]
  /** Takes definitions out of the registry; what cannot be taken out is returned. */
  undefineElements(): Outcome[]
  /** What these two would end or take out. */
  left(): Found[]
}

export interface DomOptions extends DomWatchOptions {
  readonly requireOfDom?: RequireOfDom | undefined
}

/** Undefined where there is no DOM. */
export function createDom(of: Realm, options: DomOptions): Dom | undefined {
  const page = domOf(of)
  if (!page) return undefined
  const { realm, window } = page
  const listeners = new DomListeners(realm, window, options)
  const running = new FramesAndObservers(realm, window, options)
  const customElements = new CustomElements(window, options)
  const storages = ['localStorage', 'sessionStorage'].flatMap((name) => {
    const storage = read(realm, name) as DomStorage | undefined
    return storage ? new StoragePart(name, storage) : []
  })
  return {
    page,
    parts: [
      // Cookies belong to paths: from where they were set they can be seen.
      new CookiesPart(page),
      new LocationPart(page),
      ...storages,
      ...(window === realm ? [new WindowHandlersPart(window)] : []),
      new DocumentPart(realm),
    ],
    watchedObjects: () => domObjects(realm, window),
    install() {
      listeners.install()
      running.install()
      customElements.install()
    },
    stopCallbacks: () => [...listeners.removeAll(), ...running.stop()],
    undefineElements: () => customElements.undefine(),
    left: () => [...listeners.left(), ...running.left(), ...customElements.left()],
  }
}
