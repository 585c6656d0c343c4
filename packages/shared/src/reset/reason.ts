/** Why a module is kept. A reset asks about hundreds of modules, and few reasons are ever shown: some are put into words then. */
export type Reason = string | (() => string)

export function textOf(reason: Reason): string {
  return typeof reason === 'string' ? reason : reason()
}
