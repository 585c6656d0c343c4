/**
 * Whether code may mention a name: as code, not within a string or a comment. Wrong only in one direction: where a look
 * at the characters cannot tell code from text, everything counts as code.
 */
const SKIPPED = /\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'/y
/** Up to the next character that may begin or end something. */
const PLAIN = /[^"'`/{}]+/y
/** The text of a template up to its end or to an expression in it. */
const TEMPLATE = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(`|\$\{)/y
const REST_OF_LINE = /[^\n\r\u2028\u2029]*/y

export function mayMention(code: string, names: readonly string[]): boolean {
  // A property's name is none, but `...name` is one.
  const mention = new RegExp(`(?<![\\w$])(?<!(?<!\\.\\.)\\.)(?:${names.join('|')})(?![\\w$])`)
  // Most code is settled by this.
  return names.length > 0 && mention.test(code) && mention.test(withoutText(code))
}

/** The code with nothing in place of strings, comments and the text of templates. */
function withoutText(code: string): string {
  // Outside of ES modules these begin comments.
  if (code.includes('<!--') || code.includes('-->')) return code
  const parts: string[] = []
  /** One for each open template: how many braces are open in its expression. */
  const templates: number[] = []
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(code)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  const takeTemplate = (): boolean => {
    const text = take(TEMPLATE)
    if (text?.endsWith('${')) templates.push(0)
    return text !== undefined
  }
  const asCode = () => parts.join('') + code.slice(at - 1)
  while (at < code.length) {
    const plain = take(PLAIN)
    if (plain) parts.push(plain)
    if (at >= code.length) break
    if (take(SKIPPED) !== undefined) {
      parts.push(' ')
      continue
    }
    const character = code[at] as string
    at++
    const depth = templates.at(-1)
    if (character === '`') {
      if (!takeTemplate()) return asCode()
    } else if (character === '{') {
      if (depth !== undefined) templates[templates.length - 1] = depth + 1
    } else if (character === '}' && depth === 0) {
      templates.pop()
      if (!takeTemplate()) return asCode()
    } else if (character === '}') {
      if (depth !== undefined) templates[templates.length - 1] = depth - 1
    } else if (character === '/') {
      // A division or a regular expression. It matters only if what follows on the line reads differently in the two.
      REST_OF_LINE.lastIndex = at
      if (/["'`{}]|\/[/*]/.test(REST_OF_LINE.exec(code)?.[0] ?? '')) return asCode()
    } else return asCode()
    parts.push(character)
  }
  return parts.join('')
}
