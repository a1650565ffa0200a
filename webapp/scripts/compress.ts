/** After the build: keeps every asset that gains by it as .br and .gz only, from which the server unpacks it where it has to, and the folder in git. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { extname, join, sep } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const dist = new URL('../../backend/internal/presentation/web/dist', import.meta.url).pathname
const cache = new URL('../node_modules/.cache', import.meta.url).pathname
const compressible = new Set([
  '.js',
  '.css',
  '.svg',
  '.json',
  '.webmanifest',
  '.txt',
  '.ttf',
  '.pfb',
  '.bcmap',
])
const worthIt = 0.95
/** Fetched for few files: not worth being kept in two forms */
const rare = join('assets', 'pdf')

// The build's own map of chunks: for `npm run size`, not for the public.
mkdirSync(cache, { recursive: true })
renameSync(join(dist, 'manifest.json'), join(cache, 'manifest.json'))
writeFileSync(join(dist, '.gitkeep'), '')

for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  const file = join(dist, name)
  // index.html is not compressed: the server fills in its placeholders at start.
  if (!statSync(file).isFile() || !compressible.has(extname(file))) continue
  const raw = readFileSync(file)
  const gz = gzipSync(raw, { level: 9 })
  if (gz.length >= raw.length * worthIt) continue
  writeFileSync(`${file}.gz`, gz)
  unlinkSync(file)
  if (name.startsWith(rare + sep)) continue
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length }
  writeFileSync(`${file}.br`, brotliCompressSync(raw, { params }))
}
