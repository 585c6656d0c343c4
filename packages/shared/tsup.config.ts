import { copyFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    internal: 'src/internal.ts',
    'internal-core': 'src/internal-core.ts',
    'internal-verdict': 'src/internal-verdict.ts',
    'internal-report': 'src/internal-report.ts',
    register: 'src/register.ts',
    // Started by its path: it is the helper thread that holds the locks.
    'lock-thread': 'src/locks/thread/main.ts',
  },
  format: ['esm', 'cjs'],
  // CommonJS too: `.` and `./internal` must share one copy of the core's classes and state.
  splitting: true,
  // Rollup then converts the chunks to CommonJS. What tsup uses otherwise turns each import() into a require.
  treeshake: 'safest',
  target: 'node20.19',
  platform: 'node',
  removeNodeProtocol: false,
  skipNodeModulesBundle: true,
  tsconfig: 'tsconfig.build.json',
  dts: {
    entry: [
      'src/index.ts',
      'src/internal.ts',
      'src/internal-core.ts',
      'src/internal-verdict.ts',
      'src/internal-report.ts',
      'src/register.ts',
    ],
  },
  sourcemap: true,
  clean: true,
  // A file as it is: read when there is a report to write.
  async onSuccess() {
    copyFileSync(
      fileURLToPath(import.meta.resolve('@fresh-modules/report-page/page.html')),
      'dist/report-page.html',
    )
  },
})
