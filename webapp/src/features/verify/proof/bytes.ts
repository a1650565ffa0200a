/** Encodings with one spelling each: whatever does not re-encode to itself is refused. */

/** The largest payload, receipt or keys file, in bytes. */
export const maxSize = 1 << 20

export type Bytes = Uint8Array<ArrayBuffer>

const utf8 = new TextEncoder()

/** The UTF-8 form of well-formed text. */
export function bytesOf(text: string): Bytes {
  return utf8.encode(text)
}

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  const piece = 0x8000
  let text = ''
  for (let i = 0; i < bytes.length; i += piece) text += String.fromCharCode(...bytes.subarray(i, i + piece))
  return text
}

/** Valid UTF-8 as text, a byte order mark kept; undefined for anything else. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Standard base64 (RFC 4648, section 4) in its canonical spelling. */
export function decodeBase64(text: string): Bytes | undefined {
  let raw: string
  try {
    raw = atob(text)
    if (btoa(raw) !== text) return undefined
  } catch {
    return undefined
  }
  return Uint8Array.from(raw, (character) => character.charCodeAt(0))
}

export function encodeBase64(bytes: Uint8Array): string {
  return btoa(latin1(bytes))
}

export function encodeHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** 64 lower-case hex digits. */
export function decodeHash(text: string): Bytes | undefined {
  if (!/^[0-9a-f]{64}$/.test(text)) return undefined
  return Uint8Array.from({ length: 32 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16))
}

const maxInt64 = 2n ** 63n - 1n

/** A number from 0 to 2^63-1 without sign or leading zeros. */
export function decodeDecimal(text: string): bigint | undefined {
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(text)) return undefined
  const n = BigInt(text)
  return n <= maxInt64 ? n : undefined
}

/**
 * Whether this is a real time in the one form: UTC, six digits, 2006-01-02T15:04:05.000000Z. Two such times compare as
 * text.
 */
export function isTime(text: string): boolean {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.\d{6}Z$/.exec(text)
  if (!parts) return false
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
  return day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

export function concat(...parts: Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
