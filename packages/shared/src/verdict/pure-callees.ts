/**
 * Callees whose result holds no state: two results could be told apart by their identity alone. To add a row, have a
 * source: the language's specification, or the package's code.
 */

/** What such a call gives: a primitive or a function; plain data; an element of React, which nobody changes. */
export type PureResult = 'value' | 'data' | 'element'

interface Row {
  /** The global, `Object.freeze`, or the package. */
  readonly from: 'global' | readonly string[]
  /** Names; of a package its exports, also as properties of its default export. */
  readonly names: readonly string[]
  readonly result: PureResult
  /** Where it says so. */
  readonly source: string
}

const PURE_CALLEES: readonly Row[] = [
  {
    from: 'global',
    names: [
      'String',
      'Number',
      'Boolean',
      'BigInt',
      'Symbol',
      'Symbol.for',
      'parseInt',
      'parseFloat',
      'isNaN',
      'isFinite',
    ],
    result: 'value',
    source: 'ECMA-262: they return primitive values',
  },
  {
    from: 'global',
    names: [
      'Math.max',
      'Math.min',
      'Math.floor',
      'Math.ceil',
      'Math.round',
      'Math.pow',
      'Math.sqrt',
      'Math.abs',
      'Math.log',
      'Math.log2',
      'Math.log10',
      'Math.trunc',
      'Math.sign',
      'Math.sin',
      'Math.cos',
      'Math.tan',
      'Math.exp',
      'Math.hypot',
    ],
    result: 'value',
    source: 'ECMA-262, Math: numbers from numbers',
  },
  {
    from: 'global',
    names: [
      'JSON.stringify',
      'String.raw',
      'String.fromCharCode',
      'encodeURIComponent',
      'decodeURIComponent',
      'Number.isInteger',
      'Array.isArray',
      'Object.is',
      'Object.hasOwn',
      'Number.parseInt',
      'Number.parseFloat',
    ],
    result: 'value',
    source: 'ECMA-262: they return primitive values and change nothing',
  },
  {
    from: 'global',
    names: [
      'Object.keys',
      'Object.values',
      'Object.entries',
      'Object.fromEntries',
      'Array.from',
      'Array.of',
      'Object.create',
      'Object.assign',
    ],
    result: 'data',
    source: 'ECMA-262: an array or object of what they are given',
  },
  {
    from: ['path', 'node:path', 'pathe'],
    names: ['join', 'resolve', 'dirname', 'basename', 'extname', 'relative', 'normalize'],
    result: 'value',
    source: 'nodejs.org/api/path.html: strings from strings',
  },
  {
    from: ['url', 'node:url'],
    names: ['fileURLToPath'],
    result: 'value',
    source: 'nodejs.org/api/url.html: a string from a URL',
  },
  {
    from: ['react'],
    names: ['createElement', 'cloneElement'],
    result: 'element',
    source: 'facebook/react ReactJSXElement: an object that is frozen in development, its props too',
  },
  {
    from: ['preact', 'preact/compat'],
    names: ['createElement', 'cloneElement'],
    result: 'data',
    source: 'preactjs/preact create-element: a plain object, which rendering changes',
  },
  {
    from: ['react', 'preact/compat'],
    names: ['memo', 'forwardRef'],
    result: 'data',
    source: 'facebook/react ReactMemo, ReactForwardRef: a plain object of a type and a function',
  },
  {
    from: ['react/jsx-runtime', 'react/jsx-dev-runtime'],
    names: ['jsx', 'jsxs', 'jsxDEV'],
    result: 'element',
    source: 'facebook/react ReactJSXElement: an object that is frozen in development, its props too',
  },
  {
    from: ['preact/jsx-runtime'],
    names: ['jsx', 'jsxs', 'jsxDEV'],
    result: 'data',
    source: 'preactjs/preact jsx-runtime: a plain object, which rendering changes',
  },
  {
    from: ['vue'],
    names: ['defineComponent'],
    result: 'data',
    source: 'vuejs/core apiDefineComponent: the options as they are, or an object with setup and name',
  },
]

const ofGlobals = new Map<string, PureResult>()
const ofPackages = new Map<string, PureResult>()
for (const { from, names, result } of PURE_CALLEES) {
  for (const name of names) {
    if (from === 'global') ofGlobals.set(name, result)
    else for (const specifier of from) ofPackages.set(`${specifier}#${name}`, result)
  }
}

/** @param name `Object.freeze` */
export function pureGlobal(name: string): PureResult | undefined {
  return ofGlobals.get(name)
}

export function pureExport(specifier: string, name: string): PureResult | undefined {
  return ofPackages.get(`${specifier}#${name}`)
}
