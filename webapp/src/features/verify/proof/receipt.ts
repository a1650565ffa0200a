import {
  concat,
  bytesOf,
  decodeBase64,
  decodeDecimal,
  decodeHash,
  encodeBase64,
  encodeHex,
  latin1,
  maxSize,
  sameBytes,
} from './bytes'
import type { Bytes } from './bytes'
import { Invalid } from './invalid'

export const receiptFormat = 'c2sp.org/tlog-proof@v1'
export const payloadType = 'application/vnd.ackify.entry.v1+json'

/** A DSSE envelope with one signature. */
interface Envelope {
  payload: Bytes
  keyId: Bytes
  signature: Bytes
}

/** A receipt taken apart, nothing in it verified. */
export interface Receipt {
  envelope: Envelope
  index: bigint
  /** RFC 6962 audit path, leaf first */
  inclusion: Bytes[]
  /** A signed note */
  checkpoint: Bytes
}

/** Reads a C2SP tlog-proof whose extra data is a DSSE JSON envelope in JCS form, of at most 1 MiB. */
export function parseReceipt(bytes: Uint8Array): Receipt {
  if (bytes.length > maxSize) throw new Invalid('receipt.tooLarge')
  const all = latin1(bytes)
  const end = all.indexOf('\n\n')
  const lines = all.slice(0, Math.max(end, 0)).split('\n')
  if (end < 0 || lines.length < 3 || lines[0] !== receiptFormat) throw new Invalid('receipt.format')
  const [, extraLine, indexLine, ...path] = lines as [string, string, string, ...string[]]
  const extra = extraLine.startsWith('extra ') ? decodeBase64(extraLine.slice(6)) : undefined
  if (!extra) throw new Invalid('receipt.extra')
  const envelope = parseEnvelope(latin1(extra))
  const index = indexLine.startsWith('index ') ? decodeDecimal(indexLine.slice(6)) : undefined
  if (index === undefined) throw new Invalid('receipt.index')
  const inclusion = path.map((line) => {
    const hash = decodeBase64(line)
    if (hash?.length !== 32) throw new Invalid('receipt.inclusion')
    return hash
  })
  const receipt = { envelope, index, inclusion, checkpoint: bytes.slice(end + 2) }
  if (!sameBytes(encode(receipt), bytes)) throw new Invalid('receipt.spelling')
  return receipt
}

// The envelope's JCS form. Nothing between these pieces can need an escape, so there is only one spelling.
const start = '{"payload":"'
const beforeKeyId = `","payloadType":"${payloadType}","signatures":[{"keyid":"`
const beforeSignature = '","sig":"'
const finish = '"}]}'

function parseEnvelope(json: string): Envelope {
  const keyAt = json.indexOf(beforeKeyId)
  const signatureAt = json.indexOf(beforeSignature, keyAt + beforeKeyId.length)
  if (!json.startsWith(start) || keyAt < start.length || signatureAt < 0 || !json.endsWith(finish)) {
    throw new Invalid('envelope.format')
  }
  const payload = decodeBase64(json.slice(start.length, keyAt))
  const keyId = decodeHash(json.slice(keyAt + beforeKeyId.length, signatureAt))
  const signature = decodeBase64(json.slice(signatureAt + beforeSignature.length, -finish.length))
  if (!payload || !keyId || signature?.length !== 64) throw new Invalid('envelope.format')
  return { payload, keyId, signature }
}

function encode(receipt: Receipt): Bytes {
  const { payload, keyId, signature } = receipt.envelope
  const envelope =
    start + encodeBase64(payload) + beforeKeyId + encodeHex(keyId) + beforeSignature + encodeBase64(signature)
  const lines = [
    receiptFormat,
    `extra ${btoa(envelope + finish)}`,
    `index ${receipt.index}`,
    ...receipt.inclusion.map(encodeBase64),
  ]
  return concat(bytesOf(`${lines.join('\n')}\n\n`), receipt.checkpoint)
}
