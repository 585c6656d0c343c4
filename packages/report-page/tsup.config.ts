import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { main: 'src/main.ts' },
  format: ['iife'],
  target: 'es2022',
  platform: 'browser',
  noExternal: [/./],
  minify: true,
  clean: true,
  // One file that asks the network for nothing: scripts and styles are put into it.
  async onSuccess() {
    const built = 'dist/main.global.js'
    const script = readFileSync(built, 'utf8').replaceAll('</script', '<\\/script')
    const html = readFileSync('src/page.html', 'utf8')
      .replace('/* styles */', () => readFileSync('src/styles.css', 'utf8'))
      .replace('/* script */', () => script)
    writeFileSync('dist/report-page.html', html)
    rmSync(built)
  },
})
