import { bytesOf, concat, decodeBase64, decodeHash, encodeHex, isTime, sameBytes } from './bytes'
import type { Bytes } from './bytes'
import type { Crypto } from './crypto'
import { Invalid } from './invalid'
import { decodeObject } from './strictJson'
import type { Json } from './strictJson'

/** The time in which a key signs, both ends included. */
interface Window {
  notBefore: string
  /** Absent while the key is current */
  notAfter: string | undefined
}

export interface LedgerKey extends Window {
  publicKey: Bytes
  /** First four bytes of its hash as signed-note computes it */
  keyHash: Bytes
}

export interface StatementKey extends Window {
  keyId: Bytes
  publicKey: Bytes
}

/** Every public key of one ledger: what a verifier pins, and what /ledger/keys answers. */
export interface KeySet {
  origin: string
  ledger: LedgerKey[]
  statement: StatementKey[]
}

export function contains(window: Window, time: string): boolean {
  return window.notBefore <= time && (window.notAfter === undefined || time <= window.notAfter)
}

/**
 * Reads a keys file. White space and the order of keys are free; refused are duplicate and unknown keys, a set without
 * a ledger or a statement key, a key listed twice, a key id that is not its key's, a verifier key that is not Ed25519
 * or not named after the origin, and a window that ends before it begins.
 */
export async function parseKeySet(bytes: Uint8Array, crypto: Crypto): Promise<KeySet> {
  const root = decodeObject(bytes)
  const origin = textAt(root, 'origin')
  if (!origin) throw new Invalid('keys.format')
  const set: KeySet = { origin, ledger: [], statement: [] }
  for (const item of listAt(root, 'ledger')) {
    const key = await parseLedgerKey(item, origin, crypto)
    if (set.ledger.some((other) => sameBytes(other.publicKey, key.publicKey)))
      throw new Invalid('keys.format')
    set.ledger.push(key)
  }
  for (const item of listAt(root, 'statement')) {
    const key = await parseStatementKey(item, crypto)
    if (set.statement.some((other) => sameBytes(other.keyId, key.keyId))) throw new Invalid('keys.format')
    set.statement.push(key)
  }
  only(root, 'origin', 'ledger', 'statement')
  return set
}

const unicodeSpace = /\p{White_Space}/u
const ed25519 = 1

/** A verifier key is NAME+HASH+BASE64, the hash in lower-case hex. */
async function parseLedgerKey(item: Map<string, Json>, origin: string, crypto: Crypto): Promise<LedgerKey> {
  only(item, 'vkey', 'notBefore', 'notAfter')
  const parts = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/s.exec(textAt(item, 'vkey'))
  const key = parts ? decodeBase64(parts[3] ?? '') : undefined
  if (parts?.[1] !== origin || unicodeSpace.test(origin) || key?.length !== 33 || key[0] !== ed25519) {
    throw new Invalid('keys.format')
  }
  const hash = await crypto.sha256(concat(bytesOf(`${origin}\n`), key))
  const keyHash = hash.slice(0, 4)
  if (encodeHex(keyHash) !== parts[2]) throw new Invalid('keys.format')
  return { publicKey: key.slice(1), keyHash, ...windowOf(item) }
}

async function parseStatementKey(item: Map<string, Json>, crypto: Crypto): Promise<StatementKey> {
  only(item, 'keyId', 'publicKey', 'notBefore', 'notAfter')
  const keyId = decodeHash(textAt(item, 'keyId'))
  const publicKey = decodeBase64(textAt(item, 'publicKey'))
  if (!keyId || publicKey?.length !== 32 || !sameBytes(await crypto.sha256(publicKey), keyId)) {
    throw new Invalid('keys.format')
  }
  return { keyId, publicKey, ...windowOf(item) }
}

// The zero time of the other verifier, which means "current" there and can therefore not be written out.
const zeroTime = '0001-01-01T00:00:00.000000Z'

function windowOf(item: Map<string, Json>): Window {
  const notBefore = textAt(item, 'notBefore')
  if (!isTime(notBefore)) throw new Invalid('keys.format')
  if (!item.has('notAfter')) return { notBefore, notAfter: undefined }
  const notAfter = textAt(item, 'notAfter')
  if (!isTime(notAfter) || notAfter < notBefore || notAfter === zeroTime) throw new Invalid('keys.format')
  return { notBefore, notAfter }
}

function textAt(object: Map<string, Json>, key: string): string {
  const value = object.get(key)
  if (typeof value !== 'string') throw new Invalid('keys.format')
  return value
}

function listAt(object: Map<string, Json>, key: string): Map<string, Json>[] {
  const list = object.get(key)
  if (!Array.isArray(list) || list.length === 0 || !list.every((item) => item instanceof Map)) {
    throw new Invalid('keys.format')
  }
  return list
}

function only(object: Map<string, Json>, ...keys: string[]): void {
  for (const key of object.keys()) if (!keys.includes(key)) throw new Invalid('keys.format')
}
