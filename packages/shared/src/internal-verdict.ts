/** What adapters use to judge sources, where they are transformed: workers that are handed the verdict do not load it. */
// A declaration file must be able to name what a verdict is made of.
export type { Finding } from './host/module-host.ts'
export { judge, type Verdict } from './verdict/judge.ts'
