export type { FreshModulesOptions } from 'fresh-modules/internal'
export { freshModules, freshModules as default } from './plugin.ts'
