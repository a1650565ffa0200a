import { etc, Point } from '@noble/ed25519'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { concat, sameBytes } from './bytes'
import type { Bytes } from './bytes'
import type { Crypto } from './crypto'

const order = Point.CURVE().n

/** A little-endian number. */
function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${etc.bytesToHex(Uint8Array.from(bytes).reverse())}`)
}

/**
 * RFC 8032, section 5.1.7, with the audited library's arithmetic. Its own `verify` multiplies by the cofactor and so
 * accepts signatures that Go refuses; here the result is compared without it, byte by byte.
 */
function verify(publicKey: Bytes, message: Bytes, signature: Bytes): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  const encodedR = signature.subarray(0, 32)
  const s = number(signature.subarray(32))
  if (s >= order) return false
  let a: Point
  try {
    a = Point.fromBytes(publicKey, true)
  } catch {
    return false
  }
  const k = number(sha512(concat(encodedR, publicKey, message))) % order
  const r = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k))
  return sameBytes(r.toBytes(), encodedR)
}

export const plain: Crypto = {
  sha256: async (bytes) => sha256(bytes) as Bytes,
  verify: async (publicKey, message, signature) => verify(publicKey, message, signature),
}
