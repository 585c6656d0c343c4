/** The contract, by topic. */
import type { ContractCase } from '../case.ts'
import { badInputCases } from './bad-input.ts'
import { blockedCases } from './blocked.ts'
import { childrenCases } from './children.ts'
import { commonJsCases } from './commonjs.ts'
import { cycleCases } from './cycles.ts'
import { envCases } from './env.ts'
import { errorCases } from './errors.ts'
import { failureCases } from './failures.ts'
import { flagCases } from './flags.ts'
import { functionFormCases } from './function-form.ts'
import { heapCases } from './heap.ts'
import { hookCases } from './hooks.ts'
import { importFreshCases } from './import-fresh.ts'
import { noHarmCases } from './no-harm.ts'
import { reloadCases } from './reload-in-place.ts'
import { resetCases } from './resets.ts'
import { specSourceCases } from './spec-sources.ts'
import { surroundingsCases } from './surroundings.ts'
import { togetherCases } from './together.ts'
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
  'globals and conditions': surroundingsCases,
  together: togetherCases,
  unload: unloadCases,
  withUnloaded: withUnloadedCases,
  reloadInPlace: reloadCases,
  resets: resetCases,
  'no harm': noHarmCases,
  flags: flagCases,
  'spec sources': specSourceCases,
  hooks: hookCases,
  'bad input': badInputCases,
  errors: errorCases,
  CommonJS: commonJsCases,
  heap: heapCases,
}
