export { chosenHosts, chosenNode, type Framework, type Host, hostNamed, hosts } from './hosts.ts'
export { canInstallNode, hostDir, nodeBinary, packagesDir } from './install.ts'
export { type PackedPackages, packPackages } from './packages.ts'
export {
  type FileTree,
  type Project,
  project,
  type RunOptions,
  type RunResult,
  removeProjects,
} from './project.ts'
export type { FileResult, Report, TestResult } from './reports.ts'
