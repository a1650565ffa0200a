import { bytesOf, decodeBase64, decodeDecimal, decodeUtf8 } from './bytes'
import type { Bytes } from './bytes'
import { Invalid } from './invalid'

/** A signed statement of a ledger's size and RFC 6962 Merkle root (C2SP tlog-checkpoint), not verified. */
export interface Checkpoint {
  origin: string
  size: bigint
  root: Bytes
  /** What is signed */
  body: Bytes
  /** First four bytes of the key's hash */
  keyHash: Bytes
  signature: Bytes
}

// The largest size that the other verifier computes with.
const maxTreeSize = 2n ** 62n
// What signed-note allows in no key's name (Unicode White_Space, plus), and control characters.
const notInOrigin = /[\p{White_Space}\p{Cc}+]/u

/** Reads three lines, a blank one and exactly one signature in canonical base64 whose name is the origin. */
export function parseCheckpoint(bytes: Uint8Array): Checkpoint {
  const lines = decodeUtf8(bytes)?.split('\n') ?? []
  if (lines.length !== 6 || lines[3] !== '' || lines[5] !== '') throw new Invalid('checkpoint.format')
  const [origin, sizeText, rootText, , signed] = lines as [string, string, string, string, string]
  const size = decodeDecimal(sizeText)
  const root = decodeBase64(rootText)
  const prefix = `— ${origin} `
  const signature = signed.startsWith(prefix) ? decodeBase64(signed.slice(prefix.length)) : undefined
  if (size === undefined || size > maxTreeSize || root?.length !== 32 || signature?.length !== 68) {
    throw new Invalid('checkpoint.format')
  }
  if (!origin || notInOrigin.test(origin)) throw new Invalid('checkpoint.format')
  return {
    origin,
    size,
    root,
    body: bytesOf(`${origin}\n${sizeText}\n${rootText}\n`),
    keyHash: signature.slice(0, 4),
    signature: signature.slice(4),
  }
}
