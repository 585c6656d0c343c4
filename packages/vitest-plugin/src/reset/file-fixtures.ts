/** Fixtures that live as long as a test file. */

export interface Extensible {
  extend: (...args: unknown[]) => Extensible
}

type Extend = Extensible['extend']

const WATCHED = new WeakSet<object>()

/**
 * `test.extend` is where fixtures are declared; what it returns can be extended further.
 *
 * @param replace puts a wrapper in the place of the method
 */
export function watchFixtures(
  api: Extensible,
  onFileFixture: () => void,
  replace: (api: Extensible, wrap: (extend: Extend) => Extend) => void,
): void {
  if (typeof api.extend !== 'function' || WATCHED.has(api)) return
  WATCHED.add(api)
  replace(
    api,
    (extend) =>
      function (this: Extensible, ...args) {
        if (args.some(declaresFileScope)) onFileFixture()
        const extended = extend.apply(this, args)
        watchFixtures(extended, onFileFixture, replace)
        return extended
      },
  )
}

/** `extend({ db: [fn, { scope: 'file' }] })`, or `extend('db', { scope: 'file' }, fn)`. */
function declaresFileScope(declaration: unknown): boolean {
  if (declaration === null || typeof declaration !== 'object') return false
  if (isFileScope(declaration)) return true
  return Object.values(declaration).some((fixture) => Array.isArray(fixture) && fixture.some(isFileScope))
}

function isFileScope(options: unknown): boolean {
  const scope = (options as { scope?: unknown } | null | undefined)?.scope
  return scope === 'file' || scope === 'worker'
}
