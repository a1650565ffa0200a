import { latin1, maxSize } from './bytes'
import type { Bytes } from './bytes'
import { receiptFormat } from './receipt'

/** The largest certificate that is read, in bytes. */
export const maxPdfSize = 8 << 20

export class PdfProblem extends Error {
  readonly code: 'pdf.no_receipt' | 'pdf.several_receipts'

  constructor(code: PdfProblem['code']) {
    super(code)
    this.name = 'PdfProblem'
    this.code = code
  }
}

export function isPdf(bytes: Uint8Array): boolean {
  return latin1(bytes.subarray(0, 5)) === '%PDF-'
}

/**
 * The one receipt that a certificate has attached, its bytes as they were. This reads embedded files and nothing else:
 * what the pages show plays no part.
 */
export async function receiptInPdf(bytes: Uint8Array): Promise<Bytes> {
  const receipts: Bytes[] = []
  if (isPdf(bytes) && bytes.length <= maxPdfSize) {
    for (const file of embeddedFiles(bytes)) {
      const content = await contentOf(file)
      if (content && latin1(content.subarray(0, receiptFormat.length + 1)) === `${receiptFormat}\n`) {
        receipts.push(content)
      }
    }
  }
  if (receipts.length > 1) throw new PdfProblem('pdf.several_receipts')
  if (!receipts[0]) throw new PdfProblem('pdf.no_receipt')
  return receipts[0]
}

interface EmbeddedFile {
  dictionary: string
  stream: Bytes
}

function* embeddedFiles(bytes: Uint8Array): Generator<EmbeddedFile> {
  const text = latin1(bytes)
  for (const { index } of text.matchAll(/\/Type\s*\/EmbeddedFile(?![A-Za-z0-9])/g)) {
    const begin = text.lastIndexOf(' obj', index)
    const end = text.indexOf('stream', index)
    const dictionary = text.slice(begin, end)
    if (begin < 0 || end < 0 || dictionary.includes('endobj')) continue
    const length = /\/Length\s+(\d{1,8})(?!\d|\s+\d+\s+R)/.exec(dictionary)?.[1]
    const lineEnd = /^stream(?:\r\n|\n)/.exec(text.slice(end, end + 8))?.[0]
    if (length === undefined || lineEnd === undefined) continue
    const start = end + lineEnd.length
    const after = start + Number(length)
    if (!/^\s{0,2}endstream/.test(text.slice(after, after + 11))) continue
    yield { dictionary, stream: bytes.slice(start, after) }
  }
}

async function contentOf({ dictionary, stream }: EmbeddedFile): Promise<Bytes | undefined> {
  const filter = /\/Filter\s*(\[[^\]]*\]|\/[A-Za-z0-9]+)/.exec(dictionary)?.[1]
  if (filter === undefined) return stream.length <= maxSize ? stream : undefined
  return /^\[?\s*\/FlateDecode\s*\]?$/.test(filter) ? inflate(stream) : undefined
}

/** At most 1 MiB, so that a small file cannot become a huge one. */
async function inflate(packed: Bytes): Promise<Bytes | undefined> {
  const stream = new DecompressionStream('deflate')
  const writer = stream.writable.getWriter()
  // What goes wrong here goes wrong in reading too.
  writer.write(packed).catch(() => {})
  writer.close().catch(() => {})
  const reader = stream.readable.getReader()
  const whole = new Uint8Array(maxSize)
  let size = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return whole.slice(0, size)
      if (size + value.length > maxSize) break
      whole.set(value, size)
      size += value.length
    }
  } catch {
    return undefined
  }
  await reader.cancel().catch(() => {})
  return undefined
}
