/** The realm whose state is put back. Nothing in this package takes its own global object for that of the realm. */

/** As much of a `JSDOM` as moves its page and deletes its cookies. */
export interface JsdomHandle {
  reconfigure(settings: { url: string }): void
  readonly cookieJar: { removeAllCookiesSync(): void }
}

export interface Realm {
  /** Its global object: that of this process, that of a `vm` context, a window. */
  readonly global: object
  /** What its code knows as `process`, which may be a copy. Left out: `global.process`, if there is one. */
  readonly process?: NodeJS.Process
  /** The `JSDOM` that has made its window. Left out: `global.jsdom`, where environments leave it for tests. */
  readonly jsdom?: JsdomHandle
}

/** The global object of a realm, by what every realm has. */
export type RealmGlobal = typeof globalThis & Record<PropertyKey, unknown>

export const globalOf = ({ global }: Realm): RealmGlobal => global as RealmGlobal

export const processOf = (realm: Realm): NodeJS.Process | undefined =>
  realm.process ?? (Reflect.get(realm.global, 'process') as NodeJS.Process | undefined)
