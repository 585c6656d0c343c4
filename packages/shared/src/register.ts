/**
 * `import 'fresh-modules/register'`, `node --import fresh-modules/register` or `mocha --require fresh-modules/register`:
 * fresh-modules in plain Node from the start, with the guard and the options in package.json. Not needed for the
 * helpers themselves.
 */
import { registerNode } from './node/register-node.ts'

/** Read by mocha. */
export const mochaHooks = registerNode()
