import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/**/*.ts', '!src/**/*.test.ts'],
  // Jest requires its environments.
  format: ['cjs'],
  esbuildPlugins: [
    {
      // One file for each source file, so that the entries share their modules. tsup's own splitting for CommonJS would
      // turn each import() into a require.
      name: 'keep-modules-apart',
      setup(build) {
        build.onResolve({ filter: /^\.{1,2}\// }, ({ path, kind }) =>
          kind === 'entry-point' ? undefined : { path: path.replace(/\.[jt]s$/, '.js'), external: true },
        )
      },
    },
  ],
  target: 'node20.19',
  platform: 'node',
  removeNodeProtocol: false,
  skipNodeModulesBundle: true,
  tsconfig: 'tsconfig.build.json',
  dts: { entry: ['src/index.ts', 'src/node.ts', 'src/jsdom.ts'] },
  sourcemap: true,
  clean: true,
})
