/** Reads what backend/pkg/proof/pdf.go reads, rule by rule; testdata/pdfs.json holds both to it. */

import { decodeDecimal, latin1, maxSize } from './bytes'
import type { Bytes } from './bytes'
import { receiptFormat } from './receipt'

/** The largest certificate that is read, in bytes. */
export const maxPdfSize = 8 << 20

const receiptHeader = `${receiptFormat}\n`
/** The largest dictionary of an attachment, in bytes, so that hostile files cannot make reading slow. */
const maxDictionary = 1024
/** How many attachments are inflated at most, as each can hold 1 MiB in 1 KiB. */
const maxAttachments = 100

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
export async function receiptInPdf(bytes: Bytes): Promise<Bytes> {
  if (!isPdf(bytes) || bytes.length > maxPdfSize) throw new PdfProblem('pdf.no_receipt')
  let receipt: Bytes | undefined
  let attachments = 0
  for (const { filter, begin, end } of embeddedFiles(latin1(bytes))) {
    if (++attachments > maxAttachments) throw new PdfProblem('pdf.no_receipt')
    const content = await contentOf(filter, bytes.subarray(begin, end))
    if (content && receipt) throw new PdfProblem('pdf.several_receipts')
    receipt ??= content
  }
  if (!receipt) throw new PdfProblem('pdf.no_receipt')
  return receipt
}

interface EmbeddedFile {
  /** Undefined when there is none, false when it is none that is read. */
  filter: '/FlateDecode' | undefined | false
  begin: number
  end: number
}

/** The search goes on after the stream of an embedded file, and within every other object. */
function* embeddedFiles(pdf: string): Generator<EmbeddedFile> {
  const name = '/EmbeddedFile'
  let named = -1
  for (let at = 0; ;) {
    at = pdf.indexOf('obj', at)
    if (at < 0) return
    at += 3
    if (named < at) named = pdf.indexOf(name, at)
    if (named < 0) return
    if (named + name.length > at + maxDictionary) continue // most objects are something else
    const file = embeddedFile(pdf, at)
    if (!file) continue
    yield file
    at = file.end
  }
}

/** Reads the object whose body begins at `at`. */
function embeddedFile(pdf: string, at: number): EmbeddedFile | undefined {
  const dictionary = readDictionary(pdf.slice(at, at + maxDictionary))
  if (dictionary?.values.get('Type') !== '/EmbeddedFile') return undefined
  const { values, length } = dictionary
  const size = decodeDecimal(values.get('Length') ?? '')
  let begin = skipSpaces(pdf, at + length)
  if (!pdf.startsWith('stream', begin)) return undefined
  begin += 'stream'.length
  if (pdf.startsWith('\r\n', begin)) begin += 2
  else if (pdf.startsWith('\n', begin)) begin += 1
  else return undefined
  if (size === undefined || size > pdf.length - begin) return undefined
  const end = begin + Number(size)
  if (!/^[\r\n]{0,2}endstream/.test(pdf.slice(end, end + '\r\nendstream'.length))) return undefined
  return { filter: filterOf(values), begin, end }
}

function filterOf(values: Map<string, string>): EmbeddedFile['filter'] {
  if (values.has('DecodeParms')) return false
  const filter = values.get('Filter')
  if (filter === undefined) return undefined
  return (filter === '/FlateDecode' || filter === '[ /FlateDecode ]') && '/FlateDecode'
}

async function contentOf(filter: EmbeddedFile['filter'], stream: Bytes): Promise<Bytes | undefined> {
  if (filter === false) return undefined
  if (filter === undefined)
    return beginsAsReceipt(stream) && stream.length <= maxSize ? stream.slice() : undefined
  return inflate(stream)
}

function beginsAsReceipt(content: Uint8Array): boolean {
  return latin1(content.subarray(0, receiptHeader.length)) === receiptHeader
}

/**
 * Inflates a zlib stream that is a receipt of at most 1 MiB; whatever does not begin as one is not inflated beyond its
 * beginning. DecompressionStream refuses a wrong checksum and whatever follows the end. It is fed piece by piece, as some browsers inflate all that they are given before handing out any of it.
 */
async function inflate(packed: Bytes): Promise<Bytes | undefined> {
  const stream = new DecompressionStream('deflate')
  // What goes wrong in feeding goes wrong in reading too.
  feed(stream.writable.getWriter(), packed).catch(() => {})
  const reader = stream.readable.getReader()
  const whole = new Uint8Array(maxSize)
  let size = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return beginsAsReceipt(whole.subarray(0, size)) ? whole.slice(0, size) : undefined
      if (size + value.length > maxSize) break
      whole.set(value, size)
      size += value.length
      if (size >= receiptHeader.length && !beginsAsReceipt(whole)) break
    }
  } catch {
    return undefined
  }
  await reader.cancel().catch(() => {})
  return undefined
}

async function feed(writer: WritableStreamDefaultWriter<Bytes>, packed: Bytes): Promise<void> {
  writer.closed.catch(() => {})
  const piece = 1024
  for (let i = 0; i < packed.length; i += piece) await writer.write(packed.subarray(i, i + piece))
  await writer.close()
}

// The characters that PDF (ISO 32000-1, 7.2.2) treats as white space.
const spaces = '\0\t\n\f\r '
// The end of a name or a number.
const delimiter = /[\0\t\n\f\r ()<>[\]{}/%]/g

// What counts within a string.
const inString = /\\[^]|[()]/g

function skipSpaces(text: string, at: number): number {
  while (at < text.length && spaces.includes(text.charAt(at))) at++
  return at
}

/**
 * Reads the dictionary that text begins with, after white space, and tells how many bytes it took. Values are names with
 * their slash, numbers, or brackets with one space between tokens. Of a key that comes twice, which is not allowed,
 * nothing can be said.
 */
function readDictionary(text: string): { values: Map<string, string>; length: number } | undefined {
  const begin = skipSpaces(text, 0)
  if (!text.startsWith('<<', begin)) return undefined
  const reader = new Reader(text, begin + 2)
  const values = new Map<string, string>()
  for (;;) {
    const key = reader.token()
    if (key === '>>') return { values, length: reader.at }
    if (key.length < 2 || !key.startsWith('/')) return undefined
    const value = reader.value(0)
    if (value === undefined || values.has(key.slice(1))) return undefined
    values.set(key.slice(1), value)
  }
}

/** How deeply brackets are nested in a dictionary at most. */
const maxDepth = 16

/** An integer as Go's strconv.Atoi reads it */
function isInteger(token: string): boolean {
  if (!/^[+-]?[0-9]+$/.test(token)) return false
  const n = BigInt(token.replace(/^[+-]/, ''))
  return n < 2n ** 63n || (n === 2n ** 63n && token.startsWith('-'))
}

/** Cuts tokens off the text at `at`. */
class Reader {
  readonly text: string
  at: number

  constructor(text: string, at: number) {
    this.text = text
    this.at = at
  }

  /** Reads one value, undefined where there is none. A reference to another object is given as "ref". */
  value(depth: number): string | undefined {
    const token = this.token()
    if (depth > maxDepth || token === '' || token === '>>' || token === ']') return undefined
    if (token === '<<' || token === '[') return this.brackets(token, depth)
    if (isInteger(token)) {
      const ahead = new Reader(this.text, this.at)
      if (isInteger(ahead.token()) && ahead.token() === 'R') {
        this.at = ahead.at
        return 'ref'
      }
    }
    return token
  }

  private brackets(open: string, depth: number): string | undefined {
    const end = open === '[' ? ']' : '>>'
    let text = open
    for (;;) {
      const ahead = new Reader(this.text, this.at)
      const next = ahead.token()
      if (next === end) {
        this.at = ahead.at
        return `${text} ${end}`
      }
      const value = this.value(depth + 1)
      if (value === undefined) return undefined
      text += ` ${value}`
    }
  }

  /**
   * The next token: a bracket, a name with its slash, a number or a word; a string as "()". It is empty at the end and
   * where nothing sensible follows, such as a comment.
   */
  token(): string {
    const { text } = this
    const begin = (this.at = skipSpaces(text, this.at))
    for (const bracket of ['<<', '>>', '[', ']']) {
      if (text.startsWith(bracket, begin)) {
        this.at += bracket.length
        return bracket
      }
    }
    if (text[begin] === '(') return this.string()
    if (text[begin] === '<') {
      const end = text.indexOf('>', begin)
      this.at = end < 0 ? text.length : end + 1
      return end < 0 ? '' : '()'
    }
    delimiter.lastIndex = text[begin] === '/' ? begin + 1 : begin
    this.at = delimiter.exec(text)?.index ?? text.length
    return text.slice(begin, this.at)
  }

  /** Passes over a string in parentheses, which nest and can be escaped. */
  private string(): string {
    let depth = 0
    for (inString.lastIndex = this.at; ;) {
      const found = inString.exec(this.text)
      if (!found) break
      if (found[0] === '(') depth++
      else if (found[0] === ')') depth--
      if (depth === 0) {
        this.at = inString.lastIndex
        return '()'
      }
    }
    this.at = this.text.length
    return ''
  }
}
