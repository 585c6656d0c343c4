/** What the environment uses for the report: a separate file, loaded where there is to be one. */
export { FollowedFile } from './report/followed-file.ts'
export { leaksOfOwnRealm, leaksOfSharedRealm } from './report/leaks.ts'
export { joinRun } from './report/run.ts'
