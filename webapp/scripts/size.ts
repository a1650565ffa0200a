/** Fails when the signing page's first visit costs more than it may: brotli, JS and CSS, with one language's core. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const limit = 120_000
const dist = new URL('../../backend/internal/presentation/web/dist', import.meta.url).pathname
const manifestFile = new URL('../node_modules/.cache/manifest.json', import.meta.url).pathname
const roots = ['index.html', 'src/pages/DocumentPage.vue']
const languages = ['en', 'fr', 'es', 'de', 'it'].map((locale) => `src/locales/core/${locale}.json`)

interface Chunk {
  file: string
  imports?: string[]
  css?: string[]
}
if (!existsSync(manifestFile)) throw new Error('no build found: run `npm run build` first')
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as Record<string, Chunk>

function filesOf(key: string, files = new Set<string>(), seen = new Set<string>()): Set<string> {
  const chunk = manifest[key]
  if (!chunk) throw new Error(`${key} is not in the build`)
  if (seen.has(key)) return files
  seen.add(key)
  files.add(chunk.file)
  for (const css of chunk.css ?? []) files.add(css)
  for (const dependency of chunk.imports ?? []) filesOf(dependency, files, seen)
  return files
}

function transferred(file: string): number {
  const packed = join(dist, `${file}.br`)
  return statSync(existsSync(packed) ? packed : join(dist, file)).size
}

const files = new Set(['theme.js', ...roots.flatMap((root) => [...filesOf(root)])])
const largestLanguage = Math.max(
  ...languages.map((key) =>
    [...filesOf(key)].filter((file) => !files.has(file)).reduce((sum, f) => sum + transferred(f), 0),
  ),
)
const rows = [...files].map((file) => [file, transferred(file)] as const).sort((a, b) => b[1] - a[1])
for (const [file, bytes] of rows) console.log(`${String(bytes).padStart(8)}  ${file}`)
console.log(`${String(largestLanguage).padStart(8)}  the core of the largest language`)
const total = rows.reduce((sum, [, bytes]) => sum + bytes, largestLanguage)
console.log(
  `${String(total).padStart(8)}  bytes of brotli for the signing page's first visit; at most ${limit}`,
)
if (total > limit) process.exit(1)
