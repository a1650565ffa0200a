import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { concat, latin1, maxSize } from './bytes'
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
const found = async (bytes: Uint8Array) => latin1(await receiptInPdf(bytes))
const code = async (bytes: Uint8Array) =>
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

  it.each<[string, Uint8Array]>([
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
