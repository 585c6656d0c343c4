/** What compilers and instrumenters write into modules by themselves: no state and no effect of the module's own. */
import { type Node, nameOf, unwrap } from './ast.ts'

/** Names of the helpers that Babel, SWC, TypeScript and esbuild write at the top of a file, with one or two underscores. */
const HELPER =
  /^_{1,2}(?:interop\w*|import(?:Default|Star)|export(?:_?star)?|createBinding|setModuleDefault|toESM|toCommonJS|copyProps|defProp\w*|defNormalProp|getOwnProp\w*|hasOwnProp|propIsEnum|getProtoOf|reExport|name|publicField|private\w*|accessCheck|decorate\w*|param|metadata|ts_\w+|extends|assign|rest|spread\w*|awaiter|generator|async\w*|regenerator\w*|getRequireWildcardCache|get_require_wildcard_cache|class\w*|define\w*|create\w*|inherits\w*|possible\w*|assert\w*|call_super|callSuper|get_prototype_of|set_prototype_of|is_native\w*|isNative\w*|super_prop\w*|superProp\w*|wrap\w*|object\w*|to\w+|type_?of|non_?\w*|array\w*|iterable\w*|sliced\w*|unsupported\w*|apply\w*|esDecorate|runInitializers|propKey|setFunctionName|commonJS|require|esm|using|callDispose|addDisposableResource|disposeResources|makeTemplateObject|tagged\w*|read|values)$/i

/** The counters of babel-plugin-istanbul: `cov_2fjd81s`. */
const COUNTER = /^cov_[0-9a-z]+$/

const DECORATE = /^_{0,2}(?:ts_)?(?:decorate(?:Class|Element)?|apply_?(?:Decs|Decorators)\w*|esDecorate)$/i

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

/** A compiler's helper that applies decorators: its arguments hold calls of them. */
export function appliesDecorators(callee: Node): boolean {
  const name = calledName(callee)
  return name !== undefined && DECORATE.test(name)
}

/** A helper that makes a namespace of what `require` returns. */
export function isInterop(callee: Node): boolean {
  const name = calledName(callee)
  return name !== undefined && /interop|import_?(?:Default|Star)|toESM|wildcard/i.test(name)
}

/** A helper that defines exports: what it is handed is read later. */
export function definesExports(callee: Node): boolean {
  const name = calledName(callee)
  return name !== undefined && /^_{1,2}(?:export(?:_?star)?|reExport|toCommonJS)$/i.test(name)
}
