/** The objects of a DOM whose own properties are put back: the window, its classes, the single objects tests patch. */

import { classObjects } from '../class-objects.ts'
import type { Watched } from '../property-table.ts'
import type { DomRealm, RealWindow } from './window.ts'

/**
 * Symbols hold the inner state of jsdom and happy-dom. Names that start with an underscore, or end in many random
 * digits, are marks by which packages know what they have prepared (`_reactListening…`, `jQuery36…`): a mark must not
 * go while the listeners stay.
 */
function isMarkOrInternal(key: PropertyKey): boolean {
  return typeof key === 'symbol' || /^_|\d{8,}$/.test(String(key))
}

const SINGLE_OBJECTS = ['document', 'navigator', 'history', 'location', 'screen', 'performance', 'crypto']

/**
 * Classes that tests patch most, base classes first. On Node 20 a window that is the global object of a vm context does
 * not list classes.
 */
export const UNLISTED_CLASSES = (
  'EventTarget Node Element HTMLElement Event CSSStyleDeclaration CSSStyleSheet CustomEvent DOMParser DOMRect ' +
  'DOMTokenList Document DocumentFragment File FileReader FormData HTMLAnchorElement HTMLButtonElement HTMLCanvasElement HTMLDialogElement ' +
  'HTMLFormElement HTMLIFrameElement HTMLImageElement HTMLInputElement HTMLMediaElement HTMLSelectElement ' +
  'HTMLTextAreaElement HTMLVideoElement Headers History Image IntersectionObserver KeyboardEvent Location MouseEvent ' +
  'MutationObserver Navigator Range ResizeObserver SVGElement Selection ShadowRoot Storage Text URL ' +
  'URLSearchParams WebSocket Window Worker XMLHttpRequest'
).split(' ')

export function* domObjects(realm: DomRealm, window: RealWindow): Iterable<Watched> {
  yield { name: 'window', object: window, ignores: isMarkOrInternal }
  const ends = [Function.prototype, Reflect.get(Object(read(window, 'Function')), 'prototype')]
  const names = new Set([
    ...Object.getOwnPropertyNames(window),
    ...Object.getOwnPropertyNames(realm),
    ...UNLISTED_CLASSES,
  ])
  for (const name of names) {
    const value = /^[A-Z]/.test(name) ? read(window, name) : undefined
    if (typeof value === 'function') yield* withBases(name, value, ends)
  }
  for (const name of SINGLE_OBJECTS) {
    const value = read(realm, name)
    if (typeof value === 'object' && value) yield { name, object: value, ignores: isMarkOrInternal }
  }
  const { documentElement, head, body } = realm.document
  for (const [name, object] of Object.entries({ documentElement, head, body })) {
    if (object) yield { name: `document.${name}`, object, ignores: isMarkOrInternal }
  }
}

/** In happy-dom the window's classes are empty, and extend those with the methods. */
function* withBases(name: string, baseClass: object, ends: readonly unknown[]): Iterable<Watched> {
  for (let at = baseClass; at && !ends.includes(at); at = Object.getPrototypeOf(at))
    yield* classObjects(name, at)
}

/** Some getters refuse: `localStorage` of a page without an origin. */
export function read(object: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(object, key)
  } catch {
    return undefined
  }
}
