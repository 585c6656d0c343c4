import { chosenHosts } from './hosts.ts'
import { hostDir, nodeBinary } from './install.ts'
import { packPackages } from './packages.ts'

/** Packs and installs what the run needs before its first test, so that no test waits for npm. */
export default async function setup(): Promise<void> {
  await packPackages()
  await nodeBinary()
  for (const host of chosenHosts()) {
    console.log(`Preparing ${host.name} (${host.title})`)
    await hostDir(host.name)
  }
}
