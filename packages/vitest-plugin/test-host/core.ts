/** What tests do to the core and no adapter does. From source, like all that they run. */
export { mustFail } from '../../shared/src/guard/guard.ts'
export { installedIn } from '../../shared/src/host/host-slot.ts'
