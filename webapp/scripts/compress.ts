/** After the build: writes .br and .gz beside every asset that gains by it, and keeps the folder in git. */
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const dist = new URL('../../backend/internal/presentation/web/dist', import.meta.url).pathname
const cache = new URL('../node_modules/.cache', import.meta.url).pathname
const compressible = new Set(['.js', '.css', '.svg', '.json', '.webmanifest', '.txt'])
const worthIt = 0.95
/** Fetched for few files: not worth being kept in three forms */
const rare = join('assets', 'pdf')

// The build's own map of chunks: for `npm run size`, not for the public.
mkdirSync(cache, { recursive: true })
renameSync(join(dist, 'manifest.json'), join(cache, 'manifest.json'))
writeFileSync(join(dist, '.gitkeep'), '')

for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  const file = join(dist, name)
  // index.html is not compressed: the server fills in its placeholders at start.
  if (name.startsWith(rare + sep) || !statSync(file).isFile() || !compressible.has(extname(file))) continue
  const raw = readFileSync(file)
  const packed = {
    br: brotliCompressSync(raw, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length },
    }),
    gz: gzipSync(raw, { level: 9 }),
  }
  for (const [suffix, bytes] of Object.entries(packed)) {
    if (bytes.length < raw.length * worthIt) writeFileSync(`${file}.${suffix}`, bytes)
  }
}
