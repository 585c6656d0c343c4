/** What several cases share: a module with state, and reasons why a host is left out. */

export const counter = `
events.push('counter')
export const state = { count: 0 }
export const increment = () => ++state.count
`

const noQueries = 'a specifier of require has no query'

export const requireHasNoQueries = { 'jest-cjs': noQueries, 'node-cjs': noQueries } as const
