/**
 * What fresh-modules decides, line by line on standard error, for those who set `NODE_DEBUG=fresh-modules`: see
 * docs/debugging.md. Where nobody does, `isTracing` is false and nothing is put into words.
 */
import { debuglog } from 'node:util'

const log = debuglog('fresh-modules')

/**
 * Asked before a line is made. It is settled when the process starts, as for all of Node's own. Cloudflare's runtime
 * calls each section enabled: the variable has to be there as well.
 */
export const isTracing: boolean = log.enabled && Boolean(process.env['NODE_DEBUG'])

/** What a line is about: the first word of it. */
export type Topic =
  | 'host'
  | 'unsupported'
  | 'patch'
  | 'scope'
  | 'guard'
  | 'lock'
  | 'reset'
  | 'reload'
  | 'drop'

export function trace(topic: Topic, line: string): void {
  log('%s: %s', topic, line)
}
