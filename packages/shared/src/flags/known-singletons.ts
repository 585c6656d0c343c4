/**
 * Packages that are known to break when they are loaded twice, or when those who register in them are.
 *
 * To add a row, have a source: an issue in which the failure was seen. The texts are hints that help users to
 * recognise what they saw; several fire for other causes as well.
 */

/**
 * - `doubled`: two copies of the package break, so it refuses reimport.
 * - `registry`: the package keeps what its importers nearly always register when they are evaluated, so a first-party
 *   module that imports it directly is kept by automatic resets.
 */
type SingletonKind = 'doubled' | 'registry'

/**
 * Which other copies count as a second one:
 *
 * - `file`: another evaluation of the same file;
 * - `places`: as well another place on disk, or another build (ESM next to CommonJS), of the same version;
 * - `versions`: as well any other version.
 */
type CopiesThatCount = 'file' | 'places' | 'versions'

/** One row of the table. */
export interface KnownSingleton {
  /** The package, or several that live and break together. */
  readonly name: string | readonly string[]
  /** Empty where the text is known but neither holds often enough to act on it: see the row. */
  readonly kind: readonly SingletonKind[]
  /** One sentence, for messages. */
  readonly why: string
  /** A stable part of what users see today; none where the result is silently wrong. */
  readonly text?: string
  /** When that text appears. */
  readonly when?: string
  /** Where it was seen: `owner/repo#number`. */
  readonly source: readonly string[]
  readonly across: CopiesThatCount
  /** For a registry, what importers register. */
  readonly registers?: string
  /** Where it is kept, if not in the package itself. */
  readonly registersIn?: string
  /** The package's own call by which it forgets that, between files: then who has registered does so again. */
  readonly emptiedBy?: string
}

// `versions` is for packages that complain of any other copy even when the two never meet. Most break only where
// objects of the one reach the other: two versions that live apart in one tree are healthy and common (zod,
// graphql; React says so of itself: react/react#16360), so for them no more than `places` counts. One version in
// two places, on the other hand, is nearly always a linked package or a mix of ESM and CommonJS whose halves meet.
/** @internal Exported for the tests that compare it with its page. */
export const KNOWN_SINGLETONS: readonly KnownSingleton[] = [
  {
    name: ['react', 'react-dom'],
    kind: ['doubled'],
    why: 'hooks reach the renderer through the one copy of React that both import',
    text: 'Invalid hook call',
    when: 'at the first hook',
    source: ['jestjs/jest#8987', 'vitest-dev/vitest#3861', 'vitest-dev/vitest#4032', 'react/react#16360'],
    across: 'places',
  },
  {
    name: 'graphql',
    kind: ['doubled'],
    why: 'schemas and types are recognised by instanceof, which fails across copies',
    text: 'from another module or realm',
    when: 'when a schema or type is used',
    source: ['vitest-dev/vitest#4605', 'nestjs/nest#12895', 'apollographql/apollo-server#7986'],
    across: 'places',
  },
  {
    name: 'mongoose',
    kind: ['doubled', 'registry'],
    why: 'models belong to a connection of the copy that compiled them, under a name that is taken once',
    text: 'model once compiled',
    when: 'when a model is defined',
    source: ['Automattic/mongoose#1251', 'Automattic/mongoose#3749', 'mochajs/mocha#747'],
    across: 'places',
    registers: 'models',
    emptiedBy: 'deleteModel(), disconnect()',
  },
  {
    // Two copies work side by side, but what is registered in one is missing from what the other reports.
    name: 'prom-client',
    kind: ['doubled', 'registry'],
    why: 'each copy has a default registry of its own, which takes each name of a metric once',
    text: 'has already been registered',
    when: 'when a metric is constructed; in a second copy, metrics are missing without a word',
    source: [
      'prometheus/client_js#334',
      'prometheus/client_js#439',
      'prometheus/client_js#186',
      'roylines/node-epimetheus#15',
    ],
    across: 'places',
    registers: 'metrics',
    emptiedBy: 'register.clear()',
  },
  {
    name: 'yjs',
    kind: ['doubled'],
    why: 'document structures are told apart by constructor, and its authors ask for one copy of one version',
    text: 'Yjs was already imported',
    when: 'when it is imported',
    source: ['yjs/yjs#438', 'toeverything/blocksuite#222'],
    across: 'versions',
  },
  {
    // Any other copy makes it warn, but that alone does no harm (vasturiano/react-force-graph#340).
    name: 'three',
    kind: ['doubled'],
    why: 'classes of one copy are not instances of those of another',
    text: 'Multiple instances of Three.js being imported',
    when: 'when it is imported where there is a window',
    source: ['mrdoob/three.js#21128', 'mrdoob/three.js#22412', 'bldrs-ai/Share#1737'],
    across: 'places',
  },
  {
    // Copies of Lit work side by side; it is the elements that are defined a second time which throw.
    name: ['lit', 'lit-element'],
    kind: ['registry'],
    why: 'each name of a custom element can be defined once in a window',
    text: 'has already been used with this registry',
    when: 'when an element is defined',
    source: ['lit/lit#3794', 'lit/lit.dev#1261', 'jsdom/jsdom#2960'],
    across: 'file',
    registers: 'custom elements',
    registersIn: "the window's registry",
  },
  {
    name: 'styled-components',
    kind: ['doubled'],
    why: 'each copy has a style sheet and a theme context of its own',
    text: "several instances of 'styled-components'",
    when: 'when it is imported; not where NODE_ENV is test',
    source: ['styled-components/styled-components#5659', 'styled-components/styled-components#3450'],
    across: 'places',
  },
  {
    name: '@emotion/react',
    kind: ['doubled'],
    why: 'each copy has a cache and a theme context of its own',
    text: 'You are loading @emotion/react when it is already loaded',
    when: 'when it is imported; not where there is a global jest or vi',
    source: ['emotion-js/emotion#1727', 'emotion-js/emotion#1806', 'emotion-js/emotion#2794'],
    across: 'places',
  },
  {
    name: 'zone.js',
    kind: ['doubled'],
    why: 'it patches the globals, which can be done once',
    text: 'Zone already loaded.',
    when: 'when it is imported',
    source: ['thymikee/jest-preset-angular#96'],
    across: 'versions',
  },
  {
    // Its state is on the global object, so copies agree (open-telemetry/opentelemetry-js#6136), and most
    // importers only ask it for a tracer. What registers is the set-up, which imports an SDK: see the next row.
    name: '@opentelemetry/api',
    kind: [],
    why: 'the global providers are registered once, whichever copy does it',
    text: '@opentelemetry/api: Attempted duplicate registration of API',
    when: 'when a provider is registered',
    source: ['open-telemetry/opentelemetry-js#3792', 'open-telemetry/opentelemetry-js#4804'],
    across: 'file',
  },
  {
    name: ['@opentelemetry/sdk-node', '@opentelemetry/sdk-trace-node', '@opentelemetry/sdk-trace-web'],
    kind: ['registry'],
    why: 'the global providers are registered once, whichever copy does it',
    text: '@opentelemetry/api: Attempted duplicate registration of API',
    when: 'when a provider is registered',
    source: ['open-telemetry/opentelemetry-js#3792', 'open-telemetry/opentelemetry-js-api#157'],
    across: 'file',
    registers: 'global providers',
    registersIn: '@opentelemetry/api',
  },
  {
    // Two versions that are isolated on purpose are fine, its author says (mobxjs/mobx#1018).
    name: 'mobx',
    kind: ['doubled'],
    why: 'reactions of one copy do not track observables of another',
    text: 'multiple mobx instances active',
    when: 'soon after it is imported',
    source: ['mobxjs/mobx#1082', 'mobxjs/mobx#1672', 'mobxjs/mobx#1133', 'wix-incubator/remx#34'],
    across: 'places',
  },
  {
    name: 'solid-js',
    kind: ['doubled'],
    why: 'computations of one copy do not track signals of another',
    text: 'You appear to have multiple instances of Solid',
    when: 'when it is imported',
    source: ['solidjs/solid-testing-library#47', 'solidjs/solid-vite-plugin#152'],
    across: 'places',
  },
  {
    name: 'vue',
    kind: ['doubled'],
    why: 'the component that is being set up is known to the copy that renders it, and refs of one copy are not tracked by another',
    text: 'when there is no active component instance to be associated with',
    when: 'at the first lifecycle hook or inject(); where only refs meet, they stop to react without a word',
    source: ['vuejs/core#1503', 'vuejs/core#7590', 'bensladden/vue-responsive-dash#179'],
    across: 'places',
  },
  {
    name: 'vue-router',
    kind: ['doubled'],
    why: 'routers are injected under symbols that each copy makes for itself',
    text: 'injection "Symbol(router)" not found',
    when: 'when a component asks for the router',
    source: ['vuejs/router#1651', 'vuejs/vue-router#3832', 'vuejs/router#2186'],
    across: 'places',
  },
  {
    name: 'svelte',
    kind: ['doubled'],
    why: 'the component that is being initialised is known to the copy that mounts it',
    text: 'outside component initialization',
    when: 'when a component is mounted; from Svelte 5 on as: lifecycle_outside_component',
    source: ['sveltejs/kit#460', 'SvelteStack/svelte-query#81', 'vitest-dev/vitest#809'],
    across: 'places',
  },
  {
    name: 'preact',
    kind: ['doubled'],
    why: 'hooks find the component that is being rendered through the one copy that renders it',
    text: "(reading '__H')",
    when: 'at the first hook',
    source: ['preactjs/preact#3656', 'preactjs/preact#3393', 'enonic/app-contentstudio#10059'],
    across: 'places',
  },
  {
    name: ['react-router', 'react-router-dom'],
    kind: ['doubled'],
    why: 'each copy has a React context of its own',
    text: 'may be used only in the context of a <Router> component',
    when: 'at the first hook',
    source: ['remix-run/react-router#12785', 'fenok/react-router-typesafe-routes#74'],
    across: 'places',
  },
  {
    // From 8.1 on its context is kept on the global object, by the copy of React: copies agree (reduxjs/react-redux#2029).
    name: 'react-redux',
    kind: [],
    why: 'before react-redux 8.1 each copy has a React context of its own',
    text: 'could not find react-redux context value',
    when: 'at the first hook',
    source: ['reduxjs/react-redux#1959', 'reduxjs/react-redux#1077', 'reduxjs/react-redux#1117'],
    across: 'file',
  },
  {
    name: 'react-intl',
    kind: ['doubled'],
    why: 'each copy has a React context of its own',
    text: '[React Intl] Could not find required `intl` object',
    when: 'at the first hook or message',
    source: ['formatjs/formatjs#1909', 'formatjs/formatjs#307'],
    across: 'places',
  },
  {
    name: 'react-i18next',
    kind: ['doubled'],
    why: 'each copy knows the instance of i18next that it was given, and has a React context of its own',
    text: 'You will need to pass in an i18next instance by using initReactI18next',
    when: 'at the first hook',
    source: ['i18next/next-i18next#1917', 'i18next/react-i18next#839'],
    across: 'places',
  },
  {
    // From 3.4.12 on its context is kept by React: copies agree (apollographql/apollo-client#8798).
    name: '@apollo/client',
    kind: [],
    why: 'before @apollo/client 3.4.12 each copy has a React context of its own',
    text: 'Could not find "client" in the context',
    when: 'at the first hook',
    source: ['apollographql/apollo-client#2042', 'apollographql/apollo-client#7242'],
    across: 'file',
  },
  {
    // Copies know each other's observables by Symbol.observable; not where something defines it after one was loaded.
    name: 'rxjs',
    kind: [],
    why: 'observables are recognised by instanceof, or by a symbol that may have been defined in between',
    text: 'You provided an invalid object where a stream was expected',
    when: 'when an observable of another copy is subscribed to',
    source: ['ReactiveX/rxjs#6628', 'ReactiveX/rxjs#5409', 'iTwin/itwinjs-core#1052'],
    across: 'file',
  },
  {
    name: '@angular/core',
    kind: ['doubled'],
    why: 'the injector in charge is known to the copy that creates things, and tokens are recognised by identity',
    text: 'inject() must be called from an injection context',
    when: 'when something with dependencies is created; also as: NG0201, No provider found',
    source: ['ajaysinghj8/angular-draggable#25', 'angular/angular#57496', 'angular/angular-cli#33216'],
    across: 'places',
  },
  {
    name: '@nestjs/core',
    kind: ['doubled'],
    why: 'what it provides itself (Reflector, ModuleRef) is known by its class',
    text: "Nest can't resolve dependencies of the",
    when: 'when the application is created',
    source: ['nestjs/nest#10414', 'juicyllama/framework#69', 'nestjs/docs.nestjs.com#2152'],
    across: 'places',
  },
  {
    name: 'pinia',
    kind: ['doubled'],
    why: 'stores of one copy do not see the active instance of another, and stop to react',
    source: ['vuejs/pinia#2370'],
    across: 'places',
  },
  {
    name: '@codemirror/state',
    kind: ['doubled'],
    why: 'extensions are recognised by instanceof, which fails across copies',
    text: 'multiple instances of @codemirror/state are loaded',
    when: 'when an editor state is created',
    source: ['codemirror/dev#608', 'codemirror/dev#828'],
    across: 'places',
  },
  {
    name: 'prosemirror-model',
    kind: ['doubled'],
    why: 'nodes are recognised by instanceof, which fails across copies',
    text: 'looks like multiple versions of prosemirror-model were loaded',
    when: 'when nodes of two copies meet',
    source: ['ProseMirror/prosemirror#1070', 'ProseMirror/prosemirror#1282'],
    across: 'places',
  },
  {
    name: 'prosemirror-state',
    kind: ['doubled'],
    why: 'keys of plugins are counted by each copy, and clash',
    text: 'Adding different instances of a keyed plugin',
    when: 'when an editor state is created',
    source: ['ProseMirror/prosemirror-gapcursor#8', 'remirror/remirror#2216'],
    across: 'places',
  },
  {
    name: 'slate',
    kind: ['doubled'],
    why: 'what belongs to an editor is kept in weak maps of the copy that made it',
    source: ['vitest-dev/vitest#6494'],
    across: 'places',
  },
  {
    name: '@tanstack/react-query',
    kind: ['doubled'],
    why: 'each copy has a React context of its own',
    text: 'No QueryClient set, use QueryClientProvider to set one',
    when: 'at the first hook',
    source: ['TanStack/query#1936', 'wevm/wagmi#4239'],
    across: 'places',
  },
  {
    name: 'wagmi',
    kind: ['doubled'],
    why: 'each copy has a React context of its own',
    text: 'must be used within `WagmiProvider`',
    when: 'at the first hook',
    source: ['vitest-dev/vitest#5404'],
    across: 'places',
  },
  {
    // Not doubled: roots and hooks that import the same second copy find each other.
    name: 'recoil',
    kind: ['registry'],
    why: 'atoms and selectors are registered by key when they are made',
    text: 'Duplicate atom key',
    when: 'when an atom is made',
    source: ['facebookexperimental/Recoil#733', 'facebookexperimental/Recoil#247'],
    across: 'file',
    registers: 'atoms',
  },
  {
    // Few schemas are given an id, and many modules that hold state import zod (a config that parses the
    // environment): to keep them all would cost more than it saves. Two copies work side by side.
    name: 'zod',
    kind: [],
    why: 'ids given by .meta({ id }) are taken once',
    text: 'already exists in the registry',
    when: 'when .meta({ id }) is called, before zod 4.3',
    source: ['colinhacks/zod#4145', 'colinhacks/zod#4834'],
    across: 'file',
  },
  {
    // As with zod: few importers add a format.
    name: '@sinclair/typebox',
    kind: [],
    why: 'names of formats are taken once',
    text: 'Duplicate string format',
    when: 'when a format is added',
    source: ['sinclairzx81/typebox#503'],
    across: 'file',
  },
  {
    name: 'typeorm',
    kind: ['doubled', 'registry'],
    why: 'connections know entities by their class, and are known by the copy that made them',
    text: 'this.connection.hasMetadata is not a function',
    when: 'when a repository is used; also as: No metadata for "X" was found',
    source: [
      'typeorm/typeorm#1318',
      'typeorm/typeorm#6688',
      'typeorm/typeorm#9772',
      'typeorm/typeorm#3245',
      'nestjs/typeorm#453',
    ],
    across: 'places',
    registers: 'entities',
  },
  {
    // Not doubled: what decorators say is kept on the global object.
    name: '@mikro-orm/core',
    kind: ['registry'],
    why: 'what decorators say of entities is collected when they are evaluated, and never dropped',
    text: 'Duplicate entity names are not allowed',
    when: 'when entities are discovered',
    source: ['mikro-orm/mikro-orm#939', 'mikro-orm/mikro-orm#4732', 'mikro-orm/nestjs#132'],
    across: 'file',
    registers: 'entities',
  },
  {
    name: '@typegoose/typegoose',
    kind: ['registry'],
    why: 'models are compiled by name, each once, in the mongoose behind it',
    text: 'model once compiled',
    when: 'when getModelForClass is called',
    source: ['typegoose/typegoose#864'],
    across: 'file',
    registers: 'models',
  },
  {
    // Not doubled: what decorators say is kept on the global object.
    name: 'type-graphql',
    kind: ['registry'],
    why: 'what decorators say of types is collected when they are evaluated, and never dropped',
    text: 'Schema must contain uniquely named types',
    when: 'when a schema is built',
    source: ['MichalLytek/type-graphql#138', 'MichalLytek/type-graphql#559', 'MichalLytek/type-graphql#545'],
    across: 'file',
    registers: 'types',
    emptiedBy: 'getMetadataStorage().clear()',
  },
  {
    name: 'inversify-express-utils',
    kind: ['registry'],
    why: 'controllers are collected when they are evaluated, each name once',
    text: 'Two controllers cannot have the same name',
    when: 'when a server is built',
    source: ['inversify/InversifyJS#1270', 'inversify/inversify-express-utils#433'],
    across: 'file',
    registers: 'controllers',
    registersIn: 'the metadata of inversify-express-utils',
    emptiedBy: 'cleanUpMetadata()',
  },
  {
    name: 'routing-controllers',
    kind: ['registry'],
    why: 'what decorators say of controllers is collected when they are evaluated, and never dropped',
    source: ['typestack/routing-controllers#29', 'typestack/routing-controllers#515'],
    across: 'file',
    registers: 'controllers',
    emptiedBy: 'getMetadataArgsStorage().reset()',
  },
  {
    name: ['esbuild', 'esbuild-wasm'],
    kind: ['registry'],
    why: 'its WebAssembly module is initialised once',
    text: 'Cannot call "initialize" more than once',
    when: 'when initialize() is called',
    source: ['evanw/esbuild#1266', 'freshframework/fresh#858'],
    across: 'file',
    registers: 'its WebAssembly module',
  },
  {
    name: '@resvg/resvg-wasm',
    kind: ['registry'],
    why: 'its WebAssembly module is initialised once',
    text: 'The `initWasm()` function can be used only once',
    when: 'when initWasm() is called',
    source: ['thx/resvg-js#232', 'kvnang/workers-og#9', 'kosei28/ezog#1'],
    across: 'file',
    registers: 'its WebAssembly module',
  },
  {
    name: 'web-tree-sitter',
    kind: ['registry'],
    why: 'its WebAssembly module is initialised once for the whole process, and languages belong to it',
    text: 'Incompatible language version 0',
    when: 'when a language is set that was loaded while init() ran again',
    source: ['strukto-ai/mirage#912', 'tree-sitter/tree-sitter#1580'],
    across: 'file',
    registers: 'its WebAssembly module',
  },
  {
    name: '@prisma/client',
    kind: ['registry'],
    why: 'each client opens connections of its own, and those of clients that were dropped stay open',
    text: 'instances of Prisma Client actively running',
    when: 'when a client is constructed',
    source: ['Quramy/jest-prisma#98', 'prisma/prisma-examples#4112'],
    across: 'file',
    registers: 'clients',
  },
  {
    // Not doubled: a second copy is a second world of apps, which works for those who import it.
    name: ['firebase', '@firebase/app'],
    kind: ['registry'],
    why: 'apps are registered by name, most of them as the default one',
    text: "Firebase App named '[DEFAULT]' already exists",
    when: 'when an app is initialized',
    source: ['kafkas/selftrace#3', 'CleverProgrammers/medium-clone#1'],
    across: 'file',
    registers: 'apps',
  },
  {
    name: 'firebase-admin',
    kind: ['registry'],
    why: 'apps are registered by name, most of them as the default one',
    text: 'The default Firebase app already exists',
    when: 'when an app is initialized',
    source: ['firebase/firebase-functions-test#88', 'firebase/firebase-admin-node#571'],
    across: 'file',
    registers: 'apps',
  },
  {
    // Most importers are generated code, which adds its types to a shared root.
    name: 'protobufjs',
    kind: ['registry'],
    why: 'generated code adds its types to a root that is shared by name',
    text: 'duplicate name',
    when: 'when a type is added to a root',
    source: ['protobufjs/protobuf.js#1408', 'protobufjs/protobuf.js#1114', 'protobufjs/protobuf.js#1477'],
    across: 'file',
    registers: 'types',
  },
  {
    name: 'babel-polyfill',
    kind: ['doubled'],
    why: 'it patches the globals, and refuses to do so twice',
    text: 'only one instance of babel-polyfill is allowed',
    when: 'when it is imported',
    source: ['babel/babel#1943', 'smhg/date-period#7'],
    across: 'versions',
  },
  {
    // What it keeps is on the global object, by version: another evaluation is fine, and so are versions apart.
    name: 'effect',
    kind: [],
    why: 'an effect of one version cannot run in a runtime of another',
    text: 'Cannot execute an Effect versioned',
    when: 'when an effect is run',
    source: ['Effect-TS/effect#3308', 'Effect-TS/effect#1564'],
    across: 'file',
  },
  {
    name: ['@tensorflow/tfjs', '@tensorflow/tfjs-core'],
    kind: ['doubled'],
    why: 'kernels are registered in an engine on the global object, each once',
    text: 'is already registered',
    when: 'when it is imported',
    source: ['tensorflow/tfjs#7965', 'infinitered/nsfwjs#790'],
    across: 'places',
  },
  {
    // Most importers capture errors; the one that initializes it is rarely imported by tests.
    name: ['@sentry/browser', '@sentry/react', '@sentry/replay'],
    kind: [],
    why: 'session replay and browser tracing can be set up once in a window',
    text: 'instances are not supported',
    when: 'when it is initialized',
    source: ['getsentry/sentry-javascript#9111', 'getsentry/sentry-javascript#16369'],
    across: 'file',
  },
  {
    name: 'dd-trace',
    kind: ['doubled'],
    why: 'each copy subscribes to what Node reports, and is never let go',
    source: ['DataDog/dd-trace-js#2297', 'DataDog/dd-trace-js#2316'],
    across: 'places',
  },
]

const rowsByName = new Map(
  KNOWN_SINGLETONS.flatMap((row) => [row.name].flat().map((name): [string, KnownSingleton] => [name, row])),
)

/** The row of a package, by the name in its `package.json`. */
export function knownSingleton(packageName: string): KnownSingleton | undefined {
  return rowsByName.get(packageName)
}

/** The names of the packages that break where there are two copies of them. */
export function doubledPackages(): string[] {
  return KNOWN_SINGLETONS.filter(({ kind }) => kind.includes('doubled')).flatMap(({ name }) => name)
}

/**
 * Why a first-party module that imports this package is kept by resets, for summaries: `registers metrics in
 * prom-client, which is kept`. Undefined for packages that are no registry.
 */
export function registryReason(packageName: string): string | undefined {
  const row = knownSingleton(packageName)
  if (!row?.kind.includes('registry')) return undefined
  return `registers ${row.registers ?? 'itself'} in ${row.registersIn ?? packageName}, which is kept`
}

/** The call by which a registry is emptied between files; undefined where it has none. */
export function emptiedBy(packageName: string): string | undefined {
  return knownSingleton(packageName)?.emptiedBy
}
