import { defineConfig } from 'tsup'

/** What is a file of its own; everything else goes into the one that all entries share. */
const entries = ['index', 'node', 'jsdom', 'with-fresh-modules', 'report']

export default defineConfig({
  entry: entries.map((name) => `src/${name}.ts`),
  // Jest requires its environments.
  format: ['cjs'],
  esbuildPlugins: [
    {
      // The entries share their modules, in few files, since each one that a worker opens costs it time. tsup's own
      // splitting for CommonJS would turn each import() into a require.
      name: 'keep-entries-apart',
      setup(build) {
        build.onResolve({ filter: /^\.\// }, ({ path, kind }) => {
          const name = path.slice('./'.length, -'.ts'.length)
          if (kind === 'entry-point' || !entries.includes(name)) return undefined
          return { path: `./${name}.js`, external: true }
        })
      },
    },
  ],
  target: 'node20.19',
  platform: 'node',
  removeNodeProtocol: false,
  skipNodeModulesBundle: true,
  // Private workspaces are published as part of this package.
  noExternal: ['@fresh-modules/restore-globals'],
  tsconfig: 'tsconfig.build.json',
  dts: { entry: ['src/index.ts', 'src/node.ts', 'src/jsdom.ts'] },
  // Jest would read it, hundreds of kilobytes, for each test file in which a stack with a frame of ours is looked at.
  sourcemap: false,
  clean: true,
})
