/** What the environment uses for report and census: a file of its own, loaded where there is to be one. */
export { CountedFile } from './report/counted-file.ts'
export { FollowedFile } from './report/followed-file.ts'
export { leaksOfOwnRealm, leaksOfSharedRealm } from './report/leaks.ts'
export { joinRun } from './report/run.ts'
