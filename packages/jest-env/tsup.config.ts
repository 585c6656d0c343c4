import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/node.ts', 'src/jsdom.ts'],
  // Jest requires its environments.
  format: ['cjs'],
  splitting: true,
  target: 'node20.19',
  platform: 'node',
  tsconfig: 'tsconfig.build.json',
  dts: true,
  sourcemap: true,
  clean: true,
})
