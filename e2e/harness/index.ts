export { filledOnce, hashOf, removeOldSiblings, repoDir } from './cache.ts'
export { cpuSecondsIn, TIMED } from './cpu-time.ts'
export { chosenHosts, chosenNode, type Framework, type Host, hostNamed, hosts, packagesOf } from './hosts.ts'
export { canInstallNode, hostDir, nodeBinary, packagesDir, unpackPackages } from './install.ts'
export { type PackedPackages, packPackages, publishedDependencies } from './packages.ts'
export { cleanEnv, type Finished, runProcess } from './processes.ts'
export {
  type FileTree,
  type Project,
  project,
  type RunOptions,
  type RunResult,
  removeProjects,
} from './project.ts'
export { type FileResult, type Report, readReport, type TestResult } from './reports.ts'
