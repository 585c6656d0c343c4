/** What compilers and instrumenters write into modules by themselves: no state and no effect of the module's own. */
import { type Node, nameOf, unwrap } from './ast.ts'

/** Names of the helpers that Babel, SWC, TypeScript and esbuild write at the top of a file, with one or two underscores. */
const HELPER =
  /^_{1,2}(?:interop\w*|import(?:Default|Star)|export(?:_?star)?|createBinding|setModuleDefault|toESM|toCommonJS|copyProps|defProp\w*|defNormalProp|getOwnProp\w*|hasOwnProp|propIsEnum|getProtoOf|reExport|name|publicField|private\w*|accessCheck|decorat\w*|param|initializer\w*|metadata|ts_\w+|extends|assign|rest|spread\w*|awaiter|generator|async\w*|regenerator\w*|getRequireWildcardCache|get_require_wildcard_cache|class\w*|define\w*|create\w*|inherits\w*|possible\w*|assert\w*|call_super|callSuper|construct|[gs]et_?prototype_?of|new_?arrow_?check|(?:read|write)_?only_?error|temporal_?\w*|skip_?first_?generator_?next|check_?(?:private_?redeclaration|in_?rhs)|is_native\w*|isNative\w*|super_prop\w*|superProp\w*|wrap\w*|object\w*|to\w+|type_?of|non_?\w*|array\w*|iterable\w*|sliced\w*|unsupported\w*|apply\w*|esDecorate|runInitializers|propKey|setFunctionName|commonJS|require|esm|using|callDispose|addDisposableResource|disposeResources|makeTemplateObject|tagged\w*|read|values)$/i

/** The counters of babel-plugin-istanbul: `cov_2fjd81s`. */
const COUNTER = /^cov_[0-9a-z]+$/

const DECORATE = /^_{0,2}(?:ts_)?(?:decorate(?:Class|Element)?|apply_?(?:Decs|Decorat)\w*|esDecorate)$/i

/** Babel's and SWC's `_dec2`, esbuild's `_name_dec`, TypeScript's `_classDecorators`: decorators, or lists of them. */
const DECORATORS = /^_(?:dec\d*|\w+_dec\d*|\w+_?decorators\d*)$/i

/** What compilers write of types and parameters among decorators. */
const METADATA = /^_{0,2}(?:ts_|decorate)?(?:metadata|param)$/i

/** What compilers keep of decorated classes: `_class2`, `_initProto`, `_init`, `_name_initializers`. */
const REMAINS =
  /^_(?:class(?:This|Super|Descriptor|ExtraInitializers)?|descriptor|init(?:Class|Proto|Static)?|init_\w+|\w+_(?:extra)?initializers|(?:static|instance)ExtraInitializers|excluded|_?metadata|exportNames)\d*$/i

/** Packages of helpers that compilers import instead of writing them into each file. */
const HELPER_PACKAGE = /^(?:tslib|@oxc-project\/runtime|@babel\/runtime(?:-corejs\d)?|@swc\/helpers)(?:\/|$)/

/**
 * What compilers call at the end of a module, and what does nothing a second time: `$.delegate(['click'])` of a component of
 * Svelte adds names of events to a set, to each of which the page listens once (sveltejs/svelte, client/dom/elements/events.js).
 */
const DOES_NOTHING_TWICE = new Set(['svelte/internal/client#delegate'])

/** @param name of the export that is called */
export function doesNothingTwice(specifier: string, name: string): boolean {
  return DOES_NOTHING_TWICE.has(`${specifier}#${name}`)
}

export function isHelperName(name: string): boolean {
  return HELPER.test(name) || COUNTER.test(name)
}

export function isCounterName(name: string): boolean {
  return COUNTER.test(name)
}

/** The name by which a call's callee ends: `f` of `f()`, `a.f()` and `(0, a.f)()`. */
export function calledName(callee: Node): string | undefined {
  const plain = unwrap(callee)
  return plain.type === 'MemberExpression' ? nameOf(plain['property'] as Node) : nameOf(plain)
}

export function isHelperPackage(specifier: string): boolean {
  return HELPER_PACKAGE.test(specifier)
}

/** `_ts_decorate` of `@swc/helpers/_/_ts_decorate`; `decorate` of `@oxc-project/runtime/helpers/decorate`. */
export function helperNameOf(specifier: string, exported: string): string {
  const isNamed = exported !== '*' && exported !== 'default' && exported !== '_'
  const [last = ''] = specifier.split('/').slice(-1)
  return `_${(isNamed ? exported : last.replace(/\.[cm]?js$/, '')).replace(/^_+/, '')}`
}

export function isDecoratorsName(name: string): boolean {
  return DECORATORS.test(name)
}

export function isMetadataName(name: string): boolean {
  return METADATA.test(name)
}

/** What a compiler keeps under its own name: of a class that it has decorated, or `_exportNames`. */
export function isCompilersOwn(name: string): boolean {
  return DECORATORS.test(name) || REMAINS.test(name)
}

/** Whether a helper of that name applies decorators: its arguments hold calls of them. */
export function appliesDecorators(helper: string | undefined): boolean {
  return helper !== undefined && DECORATE.test(helper)
}

/** Whether a helper of that name gives the class that it has completed. */
export function makesClass(helper: string | undefined): boolean {
  return helper !== undefined && /^_{1,2}create_?class$/i.test(helper)
}

/** Whether a helper of that name makes a namespace of what `require` returns. */
export function isInterop(helper: string | undefined): boolean {
  return helper !== undefined && /interop|import_?(?:Default|Star)|toESM|wildcard/i.test(helper)
}

/** Whether a helper of that name defines exports: what it is handed is read later. */
export function definesExports(helper: string | undefined): boolean {
  return helper !== undefined && /^_{1,2}(?:export(?:_?star)?|reExport|toCommonJS)$/i.test(helper)
}

/** Whether a helper of that name gives the parts of a list, or goes through them: `_toConsumableArray`, `_createForOfIteratorHelper`. */
export function copiesList(helper: string | undefined): boolean {
  return (
    helper !== undefined &&
    /^_{1,2}(?:to_?(?:consumable_?)?array|sliced_?to_?array(?:_?loose)?|array_?like_?to_?array|create_?for_?of_?iterator_?helper(?:_?loose)?|spread_?array|read|values)$/i.test(
      helper,
    )
  )
}

/** A helper that makes or reads a private field: `_class_private_field_get`, `__privateAdd`, `_classPrivateFieldInitSpec`. */
export function readsPrivateField(helper: string | undefined): boolean {
  return (
    helper !== undefined &&
    /^_{1,2}(?:class_?)?(?:static_?)?private\w*(?:get|add|init|initspec)$/i.test(helper)
  )
}
