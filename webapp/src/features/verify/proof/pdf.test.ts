import { readFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { concat, decodeBase64, latin1, maxSize } from './bytes'
import type { Bytes } from './bytes'
import { maxPdfSize, receiptInPdf } from './pdf'

const binary = (text: string): Bytes => Uint8Array.from(text, (character) => character.charCodeAt(0))
const receipt = 'c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0\n\nand so on\n'

interface Attachment {
  content?: string
  packed?: boolean
  dictionary?: string
  length?: string
}

function attachment({ content = receipt, packed = true, dictionary, length }: Attachment = {}): Bytes {
  const stream = packed ? new Uint8Array(deflateSync(binary(content))) : binary(content)
  const head =
    dictionary ??
    `<</Type /EmbeddedFile /Length ${length ?? stream.length}${packed ? ' /Filter /FlateDecode' : ''}>>`
  return concat(binary(`7 0 obj\n${head}\nstream\n`), stream, binary('\nendstream\nendobj\n'))
}
const pdf = (...parts: Uint8Array[]) =>
  concat(binary('%PDF-1.7\n1 0 obj\n<</Type /Catalog>>\nendobj\n'), ...parts)
const found = async (bytes: Bytes) => latin1(await receiptInPdf(bytes))
const code = async (bytes: Bytes) =>
  receiptInPdf(bytes).then(
    () => 'found',
    (error: { code?: string }) => error.code,
  )

describe('the receipt in a certificate', () => {
  it.each<[string, Bytes]>([
    ['packed', attachment()],
    ['plain', attachment({ packed: false })],
    [
      'with a filter in a list, and without spaces',
      attachment({
        dictionary: `<</Type/EmbeddedFile/Params<</Size 9>>/Length ${deflateSync(binary(receipt)).length}/Filter[/FlateDecode]>>`,
      }),
    ],
    ['beside another attachment', concat(attachment({ content: 'something else' }), attachment())],
  ])('is found %s', async (_name, part) => expect(await found(pdf(part))).toBe(receipt))

  it.each<[string, Bytes]>([
    ['there is none', pdf()],
    ['the file is empty', new Uint8Array()],
    ['it is no PDF', attachment()],
    ['it is cut off', pdf(attachment()).slice(0, -40)],
    ['the length is wrong', pdf(attachment({ length: '9' }))],
    ['the length stands elsewhere', pdf(attachment({ length: '9 0 R' }))],
    ['the length is beyond the end', pdf(attachment({ length: '99999999' }))],
    [
      'it is not packed as it says',
      pdf(
        attachment({
          packed: false,
          dictionary: `<</Type /EmbeddedFile /Length ${receipt.length} /Filter /FlateDecode>>`,
        }),
      ),
    ],
    [
      'it is packed in another way',
      pdf(attachment({ dictionary: '<</Type /EmbeddedFile /Length 5 /Filter /LZWDecode>>' })),
    ],
    [
      'it unpacks to more than a receipt may have',
      pdf(attachment({ content: receipt + ' '.repeat(maxSize) })),
    ],
    ['the attachment is something else', pdf(attachment({ content: `x${receipt}` }))],
    ['the file is too large', concat(pdf(attachment()), new Uint8Array(maxPdfSize))],
    ['only the words are there', binary('%PDF-/Type /EmbeddedFile stream\n/Type /EmbeddedFile')],
  ])('is not found when %s', async (_name, bytes) => expect(await code(bytes)).toBe('pdf.no_receipt'))

  it('must be the only one', async () => {
    expect(await code(pdf(attachment(), attachment()))).toBe('pdf.several_receipts')
    expect(await code(pdf(attachment(), attachment({ content: `${receipt}another`, packed: false })))).toBe(
      'pdf.several_receipts',
    )
  })
})

const folder = '../backend/pkg/proof/testdata/'
const shared = JSON.parse(readFileSync(`${folder}pdfs.json`, 'utf8')) as {
  name: string
  pdf?: string
  file?: string
  receipt?: string
  reason?: string
}[]

describe('agrees with the server’s verifier', () => {
  it('in many cases', () => expect(shared.length).toBeGreaterThan(30))

  it.each(shared.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const bytes = one.file
      ? new Uint8Array(readFileSync(folder + one.file))
      : (decodeBase64(one.pdf ?? '') ?? new Uint8Array())
    if (one.receipt !== undefined) {
      expect(await found(bytes)).toBe(latin1(decodeBase64(one.receipt) ?? new Uint8Array()))
    } else {
      const several = one.reason?.includes('more than one receipt')
      expect(await code(bytes)).toBe(several ? 'pdf.several_receipts' : 'pdf.no_receipt')
    }
  })

  // As in Go: work must not grow with the square of the size, nor with what comes out.
  it.each([
    'obj',
    'obj<<',
    'obj<</A(',
    'obj<</Type/EmbeddedFile/Length 0>>stream\n',
    'obj<</Type/EmbeddedFile/Length 0>>stream\nendstream',
    'obj<</EmbeddedFile[[[[[[[[',
    'obj<</A(/EmbeddedFile',
  ])('comes to the end of a file full of %j', async (piece) => {
    const file = new Uint8Array(Buffer.alloc(maxPdfSize, piece))
    file.set(binary('%PDF-'))
    expect(await code(file)).toBe('pdf.no_receipt')
  })

  it('comes to an end where many lengths lead to a long run of line ends', async () => {
    const file = new Uint8Array(
      Buffer.alloc(maxPdfSize / 2, 'obj<</Type/EmbeddedFile/Length 4500000>>stream\n'),
    )
    file.set(binary('%PDF-'))
    expect(await code(concat(file, new Uint8Array(maxPdfSize / 2).fill(10)))).toBe('pdf.no_receipt')
  })

  it('does not inflate bombs', async () => {
    const dictionary = (size: number) => `<</Type /EmbeddedFile /Length ${size} /Filter /FlateDecode>>`
    const bomb = (content: Bytes) => {
      const stream = new Uint8Array(deflateSync(content))
      return concat(
        binary(`7 0 obj\n${dictionary(stream.length)}\nstream\n`),
        stream,
        binary('\nendstream\nendobj\n'),
      )
    }
    expect(await code(pdf(bomb(new Uint8Array(64 << 20))))).toBe('pdf.no_receipt')
    const receipts = bomb(concat(binary(receipt), new Uint8Array(4 << 20)))
    expect(await code(pdf(...Array.from({ length: 150 }, () => receipts)))).toBe('pdf.no_receipt')
  })
})
