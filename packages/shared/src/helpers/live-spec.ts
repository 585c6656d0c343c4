/** Specs that users hold: reads show what holds now, writes set flags at run time. */

import { resolveSpec } from '../flags/specs.ts'
import { noteMarked } from '../guard/guard.ts'
import type { RuntimeFlag } from '../host/core-state.ts'
import type { Installed } from '../host/host-slot.ts'
import { ownUntilTestEnds } from '../host/lifecycle.ts'
import type { ModuleFacts } from '../host/module-host.ts'
import { identityOf, type ModuleId } from '../host/module-id.ts'
import { FLAGS, type Flag, type ModuleSpec, type Provenance } from '../host/module-spec.ts'
import { assertBoolean } from '../host/options.ts'

/** Sets a flag until the test (outside of tests: the file) ends. */
export function setRuntimeFlag(
  installed: Installed,
  id: ModuleId,
  flag: Flag,
  value: boolean,
  reason?: string,
): void {
  const { state } = installed
  const identity = identityOf(id)
  const flags = state.runtimeFlags.get(identity) ?? new Map<Flag, RuntimeFlag[]>()
  const settings = flags.get(flag) ?? []
  const mine = { value, ...(reason === undefined ? {} : { reason }) }
  settings.push(mine)
  flags.set(flag, settings)
  state.runtimeFlags.set(identity, flags)
  if (flag === 'allowReimport' && !value) noteMarked(installed, id)
  ownUntilTestEnds(state, () => {
    settings.splice(settings.indexOf(mine), 1)
    if (settings.length === 0) flags.delete(flag)
    if (flags.size === 0) state.runtimeFlags.delete(identity)
  })
}

/** The spec as users see it: reads show what holds now, writes set a flag at run time. */
export function liveSpec(installed: Installed, id: ModuleId, facts: ModuleFacts): ModuleSpec {
  const now = () => resolveSpec(installed, id, facts).flags
  const spec = {
    id,
    package: resolveSpec(installed, id, facts).package?.name,
    get provenance() {
      const flags = now()
      return Object.fromEntries(FLAGS.map((flag) => [flag, flags[flag].provenance])) as Record<
        Flag,
        Provenance
      >
    },
  } as ModuleSpec
  for (const flag of FLAGS) {
    Object.defineProperty(spec, flag, {
      enumerable: true,
      get: () => now()[flag].value,
      set: (value: unknown) => {
        assertBoolean(flag, value)
        setRuntimeFlag(installed, id, flag, value)
      },
    })
  }
  return Object.seal(spec)
}
