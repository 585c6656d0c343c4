/**
 * Reads a log of `enter <pid> <key>`, `leave <pid> <key>` and `kill <pid> -`, in the order in which it happened, and
 * names every entry into a lock that somebody alive was in.
 */
export function findOverlap(lines) {
  const problems = []
  /** Key to the pid that is in. */
  const inside = new Map()
  for (const line of lines) {
    const [what, pid, key] = line.split(' ')
    if (what === 'enter') {
      if (inside.has(key)) problems.push(`${pid} entered ${key} while ${inside.get(key)} was in`)
      inside.set(key, pid)
    }
    if (what === 'leave' && inside.get(key) === pid) inside.delete(key)
    if (what === 'kill') for (const [held, holder] of inside) if (holder === pid) inside.delete(held)
  }
  return problems
}
