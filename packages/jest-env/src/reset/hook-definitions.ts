/** Whose code has registered a hook of jest-circus. */
import { fileURLToPath } from 'node:url'
import { isFrameworkModule } from '../jest/never-touch.ts'

/** The files that have called each other, nearest first, up to where the framework has called the first of them. */
export function filesOf({ stack = '' }: Error): string[] {
  const files: string[] = []
  for (const line of stack.split('\n').slice(1)) {
    const url = /\(?((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/])[^()]*):\d+:\d+\)?$/.exec(line)?.[1]
    if (!url) continue
    const file = url.startsWith('file:') ? fileURLToPath(url) : url
    if (!isOfFramework(file)) files.push(file)
    else if (files.length > 0) break
  }
  return files
}

function isOfFramework(file: string): boolean {
  return isFrameworkModule(file as never) || /[\\/]node_modules[\\/](?:@jest|jest-[^\\/]+)[\\/]/.test(file)
}
