// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test } from 'vitest'
import { page, window } from '../../test-host/page.ts'
import { Patches } from '../patches.ts'
import { CustomElements } from './custom-elements.ts'

const { customElements } = page
const patches = new Patches()
let elements: CustomElements
let isKept: (file: string) => boolean

beforeEach(() => {
  isKept = () => false
  elements = new CustomElements(window, { isKept: (file) => isKept(file), patches })
  elements.install()
})
afterEach(() => patches.undoAll())

const elementClass = () => class extends page.HTMLElement {}

test('what a file has defined can be defined again, with another class or the same', () => {
  const first = elementClass()
  customElements.define('x-own', first)
  expect(customElements.get('x-own')).toBe(first)
  expect(elements.undefine()).toEqual([])
  expect(customElements.get('x-own')).toBeUndefined()
  const second = elementClass()
  customElements.define('x-own', second)
  expect(page.document.createElement('x-own')).toBeInstanceOf(second)
  elements.undefine()
  customElements.define('x-own', first)
  elements.undefine()
})

test('what a kept package has defined stays', () => {
  customElements.define('x-kept', elementClass())
  isKept = (file) => file === import.meta.filename
  expect(elements.undefine()).toEqual([])
  expect(customElements.get('x-kept')).toBeDefined()
  // It is the package's from here on, whatever is taken out later.
  isKept = () => false
  customElements.define('x-other', elementClass())
  elements.undefine()
  expect(customElements.get('x-kept')).toBeDefined()
  expect(customElements.get('x-other')).toBeUndefined()
})

test('a definition that was refused is none', () => {
  expect(() => customElements.define('nodash', elementClass())).toThrow()
  expect(elements.undefine()).toEqual([])
})

test('what a registry cannot forget is told, with who has defined it', () => {
  class Registry {
    readonly names: string[] = []
    define(name: string) {
      this.names.push(name)
    }
  }
  const registry = new Registry()
  const unknown = new CustomElements({ customElements: registry }, { isKept: () => false, patches })
  unknown.install()
  registry.define('x-stays')
  expect(registry.names).toEqual(['x-stays'])
  expect(unknown.undefine()).toEqual([
    {
      what: 'custom element "x-stays"',
      kind: 'custom element',
      restored: false,
      why: `a registry cannot forget a definition, which ${import.meta.filename} has made`,
    },
  ])
  expect(unknown.undefine()).toEqual([])
})

test('a window without a registry has nothing to watch', () => {
  const none = new CustomElements({}, { isKept: () => false, patches })
  none.install()
  expect(none.undefine()).toEqual([])
})
