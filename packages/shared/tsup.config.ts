import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'tsup'

const shared = {
  target: 'node20.19',
  platform: 'node' as const,
  removeNodeProtocol: false,
  skipNodeModulesBundle: true,
  tsconfig: 'tsconfig.build.json',
  sourcemap: true,
}

/** Jest would read them for each test file in which a stack with a frame of ours is looked at. */
function dropSourceMapsOfCommonJs(): void {
  for (const name of readdirSync('dist')) {
    const file = `dist/${name}`
    if (name.endsWith('.cjs.map')) rmSync(file)
    else if (name.endsWith('.cjs'))
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/gm, ''))
  }
}

export default defineConfig([
  {
    ...shared,
    entry: {
      index: 'src/index.ts',
      internal: 'src/internal.ts',
      'internal-idle': 'src/internal-idle.ts',
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
    dts: {
      entry: [
        'src/index.ts',
        'src/internal.ts',
        'src/internal-idle.ts',
        'src/internal-core.ts',
        'src/internal-verdict.ts',
        'src/internal-report.ts',
        'src/register.ts',
      ],
    },
    // A file as it is: read when there is a report to write.
    async onSuccess() {
      const page = import.meta.resolve('@fresh-modules/report-page/page.html')
      copyFileSync(fileURLToPath(page), 'dist/report-page.html')
      dropSourceMapsOfCommonJs()
    },
  },
  // The command, and what Vitest loads by its path when the doctor runs it.
  {
    ...shared,
    entry: {
      cli: 'src/cli/main.ts',
      'doctor-vitest-config': 'src/doctor/vitest-config.ts',
      'doctor-vitest-reporter': 'src/doctor/vitest-reporter.ts',
    },
    format: ['esm'],
    splitting: false,
  },
  // What Jest loads.
  {
    ...shared,
    sourcemap: false,
    entry: {
      'doctor-jest-config': 'src/doctor/jest-config.ts',
      'doctor-jest-sequencer': 'src/doctor/jest-sequencer.ts',
    },
    format: ['cjs'],
    splitting: false,
  },
])
