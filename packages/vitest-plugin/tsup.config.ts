import { defineConfig } from 'tsup'

export default defineConfig({
  // Vitest loads the test runner in each worker, by path. It waits for the user's own one, which may import `runner`.
  entry: ['src/index.ts', 'src/runner.ts', 'src/test-runner.ts'],
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
