import { latin1, maxSize } from './proof/bytes'
import type { Bytes } from './proof/bytes'
import { isPdf, maxPdfSize, PdfProblem, receiptInPdf } from './proof/pdf'

/** Why something that was handed in could not be checked at all. */
export type IntakeProblem =
  | 'folder'
  | 'empty'
  | 'unreadable'
  | 'receiptTooLarge'
  | 'pdfTooLarge'
  | 'pdfWithoutReceipt'
  | 'pdfWithSeveral'
  | 'notReceipt'
  | 'severalReceipts'
  | 'keysInvalid'

export class CannotRead extends Error {
  readonly code: IntakeProblem
  /** Name of the file */
  readonly file: string

  constructor(code: IntakeProblem, file: string) {
    super(code)
    this.name = 'CannotRead'
    this.code = code
    this.file = file
  }
}

export interface Item {
  kind: 'receipt' | 'keys'
  name: string
  bytes: Bytes
  /** Whether the receipt was attached to a certificate */
  fromPdf: boolean
}

/** Reads a file and tells by its content, never by its name, what it is. */
export async function readItem(file: File): Promise<Item> {
  const { name } = file
  if (file.size === 0) throw new CannotRead('empty', name)
  const pdf = isPdf(await read(file.slice(0, 5), name))
  if (file.size > (pdf ? maxPdfSize : maxSize))
    throw new CannotRead(pdf ? 'pdfTooLarge' : 'receiptTooLarge', name)
  const bytes = await read(file, name)
  if (pdf) return { kind: 'receipt', name, bytes: await attached(bytes, name), fromPdf: true }
  const head = latin1(bytes.subarray(0, 256))
  if (/^\s*\{/.test(head)) return { kind: 'keys', name, bytes, fromPdf: false }
  if (!head.includes('tlog-proof')) throw new CannotRead('notReceipt', name)
  return { kind: 'receipt', name, bytes, fromPdf: false }
}

/** Pasted text has no bytes of its own: its line ends are those of the system it was copied on. */
export function textFile(text: string, name: string): File {
  return new File([text.replaceAll('\r\n', '\n')], name)
}

async function attached(bytes: Bytes, name: string): Promise<Bytes> {
  try {
    return await receiptInPdf(bytes)
  } catch (error) {
    const several = error instanceof PdfProblem && error.code === 'pdf.several_receipts'
    throw new CannotRead(several ? 'pdfWithSeveral' : 'pdfWithoutReceipt', name)
  }
}

/** A folder, or a file that has been moved meanwhile, fails here. */
async function read(blob: Blob, name: string): Promise<Bytes> {
  try {
    return new Uint8Array(await blob.arrayBuffer())
  } catch {
    throw new CannotRead('unreadable', name)
  }
}
