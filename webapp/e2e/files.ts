/** Real files of every kind that the reader shows, made here, so that nothing has to be kept. */
import { randomBytes } from 'node:crypto'
import { deflateSync, crc32 } from 'node:zlib'

export interface TestFile {
  name: string
  mimeType: string
  buffer: Buffer
}

const lines = [
  'Every employee who processes personal data does so only for the purpose it was collected for.',
  'Access is granted by role, reviewed twice a year, and removed on the day it is no longer needed.',
  'Data leaves the company only through channels approved by the data protection officer.',
  'Removable media are encrypted. Paper is locked away at the end of the day.',
  'Whoever notices a loss reports it within one hour, at any time of the day.',
]

/** A PDF (1.4) of so many pages of text. `weight` adds so many bytes of incompressible images, spread over the pages. */
export function pdf(name: string, pages: number, weight = 0): TestFile {
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n%\u00e2\u00e3\n', 'latin1')]
  const offsets: number[] = []
  let at = parts[0]?.length ?? 0
  const add = (...chunks: (string | Buffer)[]) => {
    for (const chunk of chunks) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk
      parts.push(bytes)
      at += bytes.length
    }
  }
  const object = (...body: (string | Buffer)[]) => {
    offsets.push(at)
    add(`${offsets.length} 0 obj\n`, ...body, '\nendobj\n')
  }
  const side = weight ? Math.floor(Math.sqrt(weight / pages / 3)) : 0
  const perPage = side ? 3 : 2
  object('<</Type/Catalog/Pages 2 0 R/Lang(en)>>')
  const kids = Array.from({ length: pages }, (_, i) => `${4 + i * perPage} 0 R`).join(' ')
  object(`<</Type/Pages/Count ${pages}/Kids[${kids}]>>`)
  object('<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>')
  for (let page = 1; page <= pages; page++) {
    const own = offsets.length + 1
    const image = side ? `/XObject<</I ${own + 2} 0 R>>` : ''
    object(
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents ${own + 1} 0 R/Resources<</Font<</F 3 0 R>>${image}>>>>`,
    )
    const text = [
      `BT /F 20 Tf 60 760 Td (Section ${page}. Handling of personal data) Tj /F 11 Tf 0 -40 Td`,
      ...lines.map((line) => `(${line}) Tj 0 -22 Td`),
      `(This is page ${page} of ${pages}.) Tj ET`,
      side ? 'q 300 0 0 300 60 200 cm /I Do Q' : '',
    ].join('\n')
    object(`<</Length ${text.length}>>\nstream\n${text}\nendstream`)
    if (side) {
      const pixels = randomBytes(side * side * 3)
      object(
        `<</Type/XObject/Subtype/Image/Width ${side}/Height ${side}/ColorSpace/DeviceRGB/BitsPerComponent 8/Length ${pixels.length}>>\nstream\n`,
        pixels,
        '\nendstream',
      )
    }
  }
  const start = at
  add(`xref\n0 ${offsets.length + 1}\n0000000000 65535 f \n`)
  for (const offset of offsets) add(`${String(offset).padStart(10, '0')} 00000 n \n`)
  add(`trailer\n<</Size ${offsets.length + 1}/Root 1 0 R>>\nstartxref\n${start}\n%%EOF\n`)
  return { name, mimeType: 'application/pdf', buffer: Buffer.concat(parts) }
}

/** A PNG with a gradient. */
export function png(name: string, width: number, height: number): TestFile {
  return image(name, width, height, (x, y) => [(255 * x) / width, (255 * y) / height, 120])
}

/** A square PNG that no compression makes smaller. */
export function noise(name: string, side: number): TestFile {
  const pixels = randomBytes(side * side * 3)
  return image(name, side, side, (x, y) => pixels.subarray(3 * (y * side + x), 3 * (y * side + x) + 3))
}

function image(
  name: string,
  width: number,
  height: number,
  pixel: (x: number, y: number) => ArrayLike<number>,
): TestFile {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const out = Buffer.alloc(8 + body.length)
    out.writeUInt32BE(data.length, 0)
    body.copy(out, 4)
    out.writeUInt32BE(crc32(body), 4 + body.length)
    return out
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const rows = Buffer.alloc(height * (1 + width * 3))
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rows.set(pixel(x, y), y * (1 + width * 3) + 1 + x * 3)
  return {
    name,
    mimeType: 'image/png',
    buffer: Buffer.concat([
      Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1'),
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(rows)),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  }
}

const paragraphs = Array.from({ length: 30 }, (_, i) => `${i + 1}. ${lines[i % lines.length]}`)

export const markdown = (name: string, sentence = 'Be kind.'): TestFile => ({
  name,
  mimeType: 'text/markdown',
  buffer: Buffer.from(
    `# House rules\n\n${sentence}\n\n| Room | Closes |\n| --- | --- |\n| Library | 20:00 |\n\n${paragraphs.join('\n\n')}\n\n[Elsewhere](https://example.com/)\n`,
  ),
})

export const html = (name: string): TestFile => ({
  name,
  mimeType: 'text/html',
  buffer: Buffer.from(
    `<!doctype html><html lang="en"><head><title>Travel policy</title><script>document.title = 'run'; fetch('/api/v1/users/me')</script></head>` +
      `<body onload="document.title='run'"><h1>Travel policy</h1><img src="https://evil.example.com/x.png" alt="A train">` +
      `${paragraphs.map((p) => `<p>${p}</p>`).join('')}<form action="/x"><input name="password"></form></body></html>`,
  ),
})

export const text = (name: string): TestFile => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(`Code of conduct\n\n${paragraphs.join('\n\n')}\n\n<script>alert(1)</script>\n`),
})
