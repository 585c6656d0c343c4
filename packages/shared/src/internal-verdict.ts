/** What adapters use to judge sources, where they are transformed: workers that are handed the verdict do not load it. */
export { judge, type Verdict } from './verdict/judge.ts'
