/** A module's parsed syntax, as acorn and Vite's parser give it: ESTree with offsets. */

export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

/** A function, or a field that is made with each instance: code that runs when somebody asks for it. */
export type FunctionNode = Node

/** The nodes directly below a node, in the order of the source as far as the parser keeps to it. */
export function childNodesOf(node: Node): Node[] {
  const children: Node[] = []
  for (const key in node) {
    if (key === 'parent' || key === 'loc' || key === 'range') continue
    const value = node[key]
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) children.push(item)
    } else if (isNode(value)) children.push(value)
  }
  return children
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

export function nodeAt(node: Node, key: string): Node | undefined {
  const value = node[key]
  return isNode(value) ? value : undefined
}

/** The nodes of a list; holes of array patterns are left out. */
export function listAt(node: Node, key: string): Node[] {
  const value = node[key]
  return Array.isArray(value) ? value.filter(isNode) : []
}

export function isFunction({ type }: Node): boolean {
  return type === 'FunctionDeclaration' || type === 'FunctionExpression' || type === 'ArrowFunctionExpression'
}

/** A field of a class that is made with each instance. */
export function isInstanceField({ type, static: isStatic }: Node): boolean {
  return (type === 'PropertyDefinition' || type === 'AccessorProperty') && !isStatic
}

export function isClass({ type }: Node): boolean {
  return type === 'ClassDeclaration' || type === 'ClassExpression'
}

/** What stands within what changes no value: `(0, f)`, `a?.b`, `(x)`, and what TypeScript leaves. */
export function unwrap(node: Node): Node {
  switch (node.type) {
    case 'ChainExpression':
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'TSSatisfiesExpression':
      return unwrap(node['expression'] as Node)
    case 'SequenceExpression': {
      const last = listAt(node, 'expressions').at(-1)
      return last ? unwrap(last) : node
    }
    default:
      return node
  }
}

/** The name of an identifier, or the text of a string; undefined for anything else. */
export function nameOf(node: Node | undefined): string | undefined {
  if (!node) return undefined
  if (node.type === 'Identifier' || node.type === 'JSXIdentifier') return node['name'] as string
  if (node.type === 'PrivateIdentifier' || node.type === 'PrivateName') return `#${String(node['name'])}`
  const value = node['value']
  return typeof value === 'string' ? value : undefined
}

/** The name of the property that a member expression or a property reads; undefined where it is computed. */
export function keyOf(node: Node): string | undefined {
  const key = nodeAt(node, 'property') ?? nodeAt(node, 'key')
  if (!key) return undefined
  return node['computed'] && key.type === 'Identifier' ? undefined : nameOf(key)
}

/** Offsets as line numbers, which begin with 1. */
export class Lines {
  readonly #code: string
  #starts: number[] | undefined

  constructor(code: string) {
    this.#code = code
  }

  at(offset: number): number {
    this.#starts ??= startsOf(this.#code)
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#starts[middle] as number) <= offset) low = middle
      else high = middle - 1
    }
    return low + 1
  }

  /** A node's source on one line, cut where it is long. */
  text({ start, end }: Node): string {
    const text = this.#code
      .slice(start, Math.min(end, start + 300))
      .replace(/\s+/g, ' ')
      .trim()
    return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
  }
}

const LONGEST = 80

function startsOf(code: string): number[] {
  const starts = [0]
  for (let at = code.indexOf('\n'); at !== -1; at = code.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}
