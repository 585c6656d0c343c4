/**
 * CommonJS that Vitest inlines. What such a file requires comes from Node's loader, so the file alone is evaluated
 * again, and often it only hands out what it has required: the entry of React, of mongoose, of what TypeScript compiles.
 */

/** Whether transformed code was CommonJS: it assigns exports, and Vite has found none to define. */
export function isInlinedCommonJs(code: string): boolean {
  return (
    !code.includes('__vite_ssr_exportName__') &&
    !/__vite_ssr_export(?:s__,|All__\()/.test(code) &&
    /\b(?:module\.exports|exports\.[\w$]+)\s*=|\bdefineProperty\(\s*exports\b/.test(code)
  )
}

// `const lib = require('./lib')`, and what compilers put around it: `__importDefault(require('./lib'))`.
const REQUIRED = /(?<![.\w$])(?:([\w$]+)|(?:const|let|var)\s*\{([^}]*)\})\s*=\s*(?:[\w$.]+\()?require\(/g
const EXPORTED = /\b(?:module\.exports|exports)(?:\.[\w$]+|\[[^\]]*\])?\s*=(?!=)\s*([^\s;,]+)/g
const GETTER = /\bget(?:\s*:\s*function)?\s*\(\)\s*\{\s*return\s+([\w$]+)/g

/** Whether all that the code exports was required, so that evaluating it again gives the very same. */
export function handsOutRequired(code: string): boolean {
  if (!code.includes('require(')) return false
  const text = code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const required = new Set<string>()
  for (const [, name, names = ''] of text.matchAll(REQUIRED)) {
    for (const own of name === undefined ? names.split(',') : [name]) {
      required.add(own.replace(/^.*:/, '').trim())
    }
  }
  const exported = [...text.matchAll(EXPORTED), ...text.matchAll(GETTER)].map(([, value = '']) => value)
  return exported.length > 0 && exported.every((value) => isRequired(value, required))
}

function isRequired(value: string, required: ReadonlySet<string>): boolean {
  // `exports.a = exports.b = void 0`: names announced by a compiler, assigned below.
  if (/^(?:void\b|undefined\b|exports\b|module\.exports\b|require\()/.test(value)) return true
  return required.has(/^[\w$]+/.exec(value)?.[0] ?? '')
}
