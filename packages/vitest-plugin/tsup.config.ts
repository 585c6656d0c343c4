import { defineConfig } from 'tsup'

const shared = {
  format: ['esm' as const],
  target: 'node20.19',
  platform: 'node' as const,
  removeNodeProtocol: false,
  skipNodeModulesBundle: true,
  // Private workspaces are published as part of this package.
  noExternal: ['@fresh-modules/restore-globals'],
  tsconfig: 'tsconfig.build.json',
  dts: true,
  sourcemap: true,
}

export default defineConfig([
  // `wake-up` is what an idle worker loads when the full plugin is needed.
  { ...shared, entry: { index: 'src/index.ts', runner: 'src/runner.ts', 'wake-up': 'src/idle/wake-up.ts' } },
  // Vitest loads the test runner in each worker, by path: one file, since each takes its time to be found and read. It
  // waits for the user's own one, which may import `runner`.
  {
    ...shared,
    entry: ['src/test-runner.ts'],
    splitting: false,
    noExternal: [...shared.noExternal, 'fresh-modules/internal/idle'],
  },
])
