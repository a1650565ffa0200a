import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import vueI18n from '@intlify/unplugin-vue-i18n/vite'
import tailwind from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** In development nobody replaces the two placeholders that the Go server fills in at start. */
const devPlaceholders: Plugin = {
  name: 'ackify-dev-placeholders',
  apply: 'serve',
  transformIndexHtml: {
    order: 'pre',
    handler: (html) => html.replace('__ACKIFY_BASE_PATH__', '').replace('__ACKIFY_BASE_URL__', ''),
  },
}

/** The text face of nearly every page: fetched beside the style sheet rather than after it. */
const preloadFont: Plugin = {
  name: 'ackify-preload-font',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler(_html, { bundle }) {
      const font = Object.keys(bundle ?? {}).find((name) => /inter-latin-wght-normal.*\.woff2$/.test(name))
      if (!font) throw new Error('the latin font is not in the bundle')
      const attrs = { rel: 'preload', as: 'font', type: 'font/woff2', href: `./${font}`, crossorigin: '' }
      return [{ tag: 'link', attrs, injectTo: 'head' }]
    },
  },
}

const pdfjs = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'))
const pdfVersion = (JSON.parse(readFileSync(join(pdfjs, 'package.json'), 'utf8')) as { version: string })
  .version

/** What pdf.js fetches for a few files: tables of characters, the standard fonts, decoders without WebAssembly. */
function pdfFiles(): Map<string, string> {
  const folders = [
    { from: 'cmaps', to: 'cmaps', name: /\.bcmap$|^LICENSE/ },
    { from: 'standard_fonts', to: 'fonts', name: /\.(pfb|ttf)$|^LICENSE/ },
    { from: 'wasm', to: 'decoders', name: /_nowasm_fallback\.js$|^LICENSE_.*(JBIG2|OPENJPEG)$/ },
  ]
  return new Map(
    folders.flatMap(({ from, to, name }) =>
      readdirSync(join(pdfjs, from))
        .filter((file) => name.test(file))
        .map((file) => [`assets/pdf/${pdfVersion}/${to}/${file}`, join(pdfjs, from, file)] as const),
    ),
  )
}

/** Puts them into the build below their version, which makes their addresses as lasting as those with a hash. */
const pdfAssets: Plugin = {
  name: 'ackify-pdf-assets',
  configureServer(server) {
    const files = pdfFiles()
    server.middlewares.use((request, response, next) => {
      const file = files.get((request.url ?? '').split('?')[0]?.slice(1) ?? '')
      if (!file) return next()
      if (file.endsWith('.js')) response.setHeader('Content-Type', 'text/javascript')
      response.end(readFileSync(file))
    })
  },
  generateBundle() {
    for (const [fileName, file] of pdfFiles())
      this.emitFile({ type: 'asset', fileName, source: readFileSync(file) })
  },
}

export default defineConfig({
  base: './',
  plugins: [
    devPlaceholders,
    preloadFont,
    pdfAssets,
    vue(),
    tailwind(),
    vueI18n({
      include: fileURLToPath(new URL('./src/locales/*/*.json', import.meta.url)),
      runtimeOnly: true,
      compositionOnly: true,
      fullInstall: false,
      dropMessageCompiler: true,
      strictMessage: true,
    }),
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: '../backend/internal/presentation/web/dist',
    emptyOutDir: true,
    target: 'es2022',
    manifest: 'manifest.json',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // pdf.js is one chunk, fetched when a PDF is opened.
    chunkSizeWarningLimit: 700,
  },
  worker: { format: 'es' },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': 'http://127.0.0.1:8080', '/ledger': 'http://127.0.0.1:8080' },
  },
  test: {
    environment: 'happy-dom',
    environmentOptions: { happyDOM: { url: 'http://localhost:3000/' } },
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/test/setup.ts'],
    // Generous: how fast the machine is today is no property of the code.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
})
