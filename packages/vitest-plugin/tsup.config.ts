import { defineConfig } from 'tsup'

export default defineConfig({
  // The runner is an entry of its own: Vitest loads it in each worker, by path.
  entry: ['src/index.ts', 'src/runner.ts'],
  format: ['esm'],
  target: 'node20.19',
  platform: 'node',
  removeNodeProtocol: false,
  skipNodeModulesBundle: true,
  tsconfig: 'tsconfig.build.json',
  dts: true,
  sourcemap: true,
  clean: true,
})
