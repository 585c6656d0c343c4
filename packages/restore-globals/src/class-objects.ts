import type { Watched } from './property-table.ts'

/** A class and its prototype. */
export function* classObjects(name: string, Class: object): Iterable<Watched> {
  yield { name, object: Class }
  const prototype: unknown = Reflect.getOwnPropertyDescriptor(Class, 'prototype')?.value
  // That of `Function` is a function.
  if ((typeof prototype === 'object' || typeof prototype === 'function') && prototype)
    yield { name: `${name}.prototype`, object: prototype }
}
