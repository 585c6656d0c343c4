/** Watches Node's own loader. Without the core and its `patch`, which an idle worker does not load. */
import nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'
import { hasSoundHooks } from './capabilities.ts'
import { type CommonJsModule, Loader } from './runner-internals.ts'

export interface LoaderWatch {
  /**
   * A file that is required, or CommonJS, is about to be evaluated. What is thrown here is what the import fails with.
   * Returns what to call should the evaluation fail.
   */
  beforeCommonJs(file: string, module: CommonJsModule): (() => void) | undefined
  beforeEsModule(url: string): void
  /** A file has asked for an ES module, or for a CommonJS file by an import. */
  resolved(url: string, parent: string): void
}

/** For good. ES modules are seen on versions of Node with sound hooks only. */
export function watchNodeLoader(watch: LoaderWatch): void {
  const { load } = Loader.prototype
  Loader.prototype.load = function (this: CommonJsModule, file: string) {
    const onFailed = watch.beforeCommonJs(file, this)
    try {
      load.call(this, file)
    } catch (error) {
      onFailed?.()
      throw error
    }
  }
  if (!hasSoundHooks) return
  nodeModule.registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context)
      const { parentURL } = context
      if (resolved.url.startsWith('file:') && parentURL?.startsWith('file:')) {
        watch.resolved(resolved.url, fileURLToPath(parentURL))
      }
      return resolved
    },
    load: (url, context, next) => {
      if (context.format === 'module' && url.startsWith('file:')) watch.beforeEsModule(url)
      return next(url, context)
    },
  })
}
