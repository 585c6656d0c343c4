/** Whose code has registered a hook of jest-circus. */
import { callingFilesOf, type ModuleId } from 'fresh-modules/internal/core'
import { isFrameworkModule } from '../jest/never-touch.ts'

/** The files that have called each other, nearest first, up to where the framework has called the first of them. */
export function definedBy(definition: Error): Set<string> {
  return callingFilesOf(definition, isOfFramework)
}

function isOfFramework(file: string): boolean {
  return isFrameworkModule(file as ModuleId) || /[\\/]node_modules[\\/](?:@jest|jest-[^\\/]+)[\\/]/.test(file)
}
