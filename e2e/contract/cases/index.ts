/** The contract, by topic. */
import type { ContractCase } from '../case.ts'
import { blockedCases } from './blocked.ts'
import { childrenCases } from './children.ts'
import { cycleCases } from './cycles.ts'
import { envCases } from './env.ts'
import { failureCases } from './failures.ts'
import { functionFormCases } from './function-form.ts'
import { importFreshCases } from './import-fresh.ts'
import { unloadCases } from './unload.ts'
import { withUnloadedCases } from './with-unloaded.ts'

export const contractCases: Readonly<Record<string, readonly ContractCase[]>> = {
  importFresh: importFreshCases,
  children: childrenCases,
  failures: failureCases,
  'function form': functionFormCases,
  cycles: cycleCases,
  blocked: blockedCases,
  env: envCases,
  unload: unloadCases,
  withUnloaded: withUnloadedCases,
}
