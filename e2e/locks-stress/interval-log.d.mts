export function findOverlap(lines: readonly string[]): string[]
