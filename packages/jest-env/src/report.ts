/** What the environment uses for report and census: a separate file, loaded where there is to be one. */
export { CountedFile } from './report/counted-file.ts'
export { FollowedFile } from './report/followed-file.ts'
export { leaksOfOwnRealm, leaksOfSharedRealm } from './report/leaks.ts'
export { joinRun } from './report/run.ts'
