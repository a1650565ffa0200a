import { decodeBase64, decodeDecimal, decodeHash, isTime } from './bytes'
import type { Bytes } from './bytes'
import { decodeCanonical } from './canonicalJson'
import type { Fields } from './canonicalJson'
import { Invalid } from './invalid'

export const knownTypes = [
  'signature',
  'revision',
  'document.deleted',
  'document.restored',
  'declined',
  'expected',
  'unexpected',
  'erased',
  'ledger.accepted',
  'imported',
  'key.rotated',
] as const
export type KnownType = (typeof knownTypes)[number]

/** A parsed statement. What only some types have is read from `fields` with `text`, and checked already. */
export interface Payload {
  type: string
  /** The type, where this version knows what it means */
  known: KnownType | undefined
  origin: string
  seq: bigint
  prevHash: Bytes
  keyId: Bytes
  /** 2006-01-02T15:04:05.000000Z */
  at: string
  fields: Fields
  /** The exact bytes that were signed */
  raw: Bytes
}

export function parsePayload(raw: Bytes): Payload {
  const fields = decodeCanonical(raw)
  if (stringAt(fields, 'v') !== '1') throw new Invalid('payload.version')
  const seq = required('seq', decodeDecimal(stringAt(fields, 'seq')))
  const prevHash = required('prev_hash', decodeHash(stringAt(fields, 'prev_hash')))
  if ((seq === 0n) !== prevHash.every((byte) => byte === 0)) throw wrong('prev_hash')
  const keyId = required('key_id', decodeHash(stringAt(fields, 'key_id')))
  const at = stringAt(fields, 'at')
  if (!isTime(at)) throw wrong('at')
  if (decodeBase64(stringAt(fields, 'nonce'))?.length !== 16) throw wrong('nonce')
  const type = stringAt(fields, 'type')
  const origin = stringAt(fields, 'origin')
  if (!type) throw wrong('type')
  if (!origin) throw wrong('origin')
  const known = knownTypes.find((name) => name === type)
  if (known) checkKnown(known, fields)
  return { type, known, origin, seq, prevHash, keyId, at, fields, raw }
}

/** The text at a path of keys, e.g. `text(fields, 'doc', 'title')`; empty where there is none. */
export function text(fields: Fields, ...path: string[]): string {
  let value: string | string[] | Fields | undefined = fields
  for (const key of path) value = value instanceof Map ? value.get(key) : undefined
  return typeof value === 'string' ? value : ''
}

const texts = [
  'by',
  'reason',
  'referer',
  'previous_revision',
  'email',
  'due_at',
  'checkpoint',
  'system',
] as const
const ofDoc = ['id', 'revision', 'title', 'url', 'checksum', 'checksum_algorithm']
const ofPerson: Record<string, string[]> = {
  statement: ['locale', 'text'],
  signer: ['user', 'email', 'name', 'issuer', 'subject', 'method', 'authenticated_at'],
  reading: ['displayed_checksum', 'pages', 'pages_seen', 'seconds'],
}

function checkKnown(type: KnownType, fields: Fields): void {
  checkObject(fields, 'doc', ofDoc)
  for (const key of texts) stringAt(fields, key)
  if (type === 'signature' || type === 'declined') {
    for (const [key, keys] of Object.entries(ofPerson)) checkObject(fields, key, keys)
  }
  if (type === 'erased') {
    const seqs = fields.get('seqs')
    if (!Array.isArray(seqs) || !seqs.every((seq) => decodeDecimal(seq) !== undefined)) throw wrong('seqs')
  }
  if (type === 'imported') checkObject(fields, 'record', [])
  if (type === 'key.rotated') {
    for (const key of ['statement_key', 'ledger_key']) {
      if (decodeBase64(stringAt(fields, key))?.length !== 32) throw wrong(key)
    }
  }
}

function checkObject(fields: Fields, key: string, keys: string[]): void {
  const object = fields.get(key)
  if (object === undefined) return
  if (!(object instanceof Map)) throw wrong(key)
  for (const inner of keys) stringAt(object, inner)
}

/** A missing field reads as empty. */
function stringAt(fields: Fields, key: string): string {
  const value = fields.get(key) ?? ''
  if (typeof value !== 'string') throw wrong(key)
  return value
}

function required<T>(key: string, value: T | undefined): T {
  if (value === undefined) throw wrong(key)
  return value
}

function wrong(field: string): Invalid {
  return new Invalid('payload.field', { field })
}
