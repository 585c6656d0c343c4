/** Whose code has registered a hook of jest-circus. */
import { callingFiles, callingFilesOf, type ModuleId } from 'fresh-modules/internal/core'
import { isFrameworkModule } from '../jest/never-touch.ts'

/**
 * The files that have called each other, nearest first, up to where the framework has called the first of them. To be asked while they
 * do: the stack of the definition says the same, but its text costs milliseconds, with a source map for each file in it.
 */
export function definedBy(definition: Error): Set<string> {
  const files = callingFiles(isOfFramework)
  // An environment of the user's may hand events on a turn later.
  return files.size > 0 ? files : callingFilesOf(definition, isOfFramework)
}

function isOfFramework(file: string): boolean {
  return isFrameworkModule(file as ModuleId) || /[\\/]node_modules[\\/](?:@jest|jest-[^\\/]+)[\\/]/.test(file)
}
