/** What the demo shows: one heading for each topic, of which `app/src` has two tests. */
export interface Heading {
  readonly topic: string
  readonly title: string
  readonly call: string
}

export const headings: readonly Heading[] = [
  {
    topic: 'config',
    title: 'A config module that reads process.env when it is imported, in three environments',
    call: "importFresh('./config', { env })",
  },
  {
    topic: 'optional dependency',
    title: 'The fallback for an optional dependency that is in fact installed',
    call: "importFresh('./status', { blocked: ['prom-client'] })",
  },
  {
    topic: 'cache',
    title: 'A cache that is empty for one test, while React and graphql stay the ones they are',
    call: "importFresh('./shop', { fresh: 'imports' })",
  },
  {
    topic: 'metrics',
    title: 'A module that registers a metric when it is imported, and says: no second copy of me',
    call: '/** @fresh-modules no-reimport: registers its counter in prom-client, … */',
  },
  {
    topic: 'reload',
    title: 'New contents for a module that others have imported statically',
    call: "reloadInPlace('./config')",
  },
]
