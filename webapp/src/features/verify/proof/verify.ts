import { bytesOf, concat, sameBytes } from './bytes'
import type { Bytes } from './bytes'
import { parseCheckpoint } from './checkpoint'
import type { Checkpoint } from './checkpoint'
import type { Crypto } from './crypto'
import { Invalid } from './invalid'
import { contains } from './keySet'
import type { KeySet, StatementKey } from './keySet'
import { parsePayload } from './payload'
import type { Payload } from './payload'
import { parseReceipt, payloadType } from './receipt'

/** What a receipt that passed its checks says. */
export interface Facts {
  payload: Payload
  checkpoint: Checkpoint
  entryHash: Bytes
}

export type Verdict =
  | ({ verdict: 'valid' } & Facts)
  /** Consistent in itself; no signature was checked, so that anybody may have made it. */
  | ({ verdict: 'unknown' } & Facts)
  | { verdict: 'invalid'; problem: Invalid }

/** Gives the same verdict as the `proof` package of the server. Without keys nobody is trusted. */
export async function verifyReceipt(
  receipt: Uint8Array,
  keys: KeySet | undefined,
  crypto: Crypto,
): Promise<Verdict> {
  try {
    const { signature, ...facts } = await consistent(receipt, crypto)
    if (!keys) return { verdict: 'unknown', ...facts }
    await openCheckpoint(facts.checkpoint, keys, crypto)
    await openPayload(facts.payload, signature, keys, crypto)
    return { verdict: 'valid', ...facts }
  } catch (error) {
    if (error instanceof Invalid) return { verdict: 'invalid', problem: error }
    throw error
  }
}

/** Everything that needs no key: form, inclusion, position, origin. */
async function consistent(bytes: Uint8Array, crypto: Crypto): Promise<Facts & { signature: Bytes }> {
  const receipt = parseReceipt(bytes)
  const { signature, keyId } = receipt.envelope
  const payload = parsePayload(receipt.envelope.payload)
  const checkpoint = parseCheckpoint(receipt.checkpoint)
  if (!sameBytes(keyId, payload.keyId)) throw new Invalid('position.keyId')
  if (payload.seq !== receipt.index) throw new Invalid('position.seq')
  if (payload.origin !== checkpoint.origin) throw new Invalid('position.origin')
  if (receipt.index >= checkpoint.size) throw new Invalid('position.outside')
  const leaf = await leafOf(payload, signature, crypto)
  const entryHash = await crypto.sha256(concat(Uint8Array.of(0), leaf))
  const root = await rootOf(entryHash, receipt.index, checkpoint.size, receipt.inclusion, crypto)
  if (!root || !sameBytes(root, checkpoint.root)) throw new Invalid('position.tree')
  return { payload, checkpoint, entryHash, signature }
}

/** The entry's 184 bytes. */
async function leafOf(payload: Payload, signature: Bytes, crypto: Crypto): Promise<Bytes> {
  const seq = new Uint8Array(8)
  new DataView(seq.buffer).setBigUint64(0, payload.seq)
  const payloadHash = await crypto.sha256(payload.raw)
  return concat(bytesOf('ackify-entry/v1\n'), seq, payload.prevHash, payloadHash, payload.keyId, signature)
}

/** The root that an audit path leads to (RFC 9162, section 2.1.3.2); undefined when it is too long or too short. */
async function rootOf(leaf: Bytes, index: bigint, size: bigint, path: Bytes[], crypto: Crypto) {
  let node = index
  let last = size - 1n
  let hash = leaf
  for (const sibling of path) {
    if (last === 0n) return undefined
    if (node % 2n === 1n || node === last) {
      hash = await crypto.sha256(concat(Uint8Array.of(1), sibling, hash))
      while (node % 2n === 0n && node !== 0n) {
        node /= 2n
        last /= 2n
      }
    } else {
      hash = await crypto.sha256(concat(Uint8Array.of(1), hash, sibling))
    }
    node /= 2n
    last /= 2n
  }
  return last === 0n ? hash : undefined
}

/** Any ledger key will do, whatever its window: a checkpoint carries no time, and one of an older key stays true. */
async function openCheckpoint(checkpoint: Checkpoint, keys: KeySet, crypto: Crypto): Promise<void> {
  if (checkpoint.origin !== keys.origin) {
    throw new Invalid('trust.origin', { origin: checkpoint.origin, trusted: keys.origin })
  }
  for (const key of keys.ledger) {
    if (!sameBytes(key.keyHash, checkpoint.keyHash)) continue
    if (await crypto.verify(key.publicKey, checkpoint.body, checkpoint.signature)) return
  }
  throw new Invalid('trust.checkpoint')
}

async function openPayload(
  payload: Payload,
  signature: Bytes,
  keys: KeySet,
  crypto: Crypto,
): Promise<StatementKey> {
  const key = keys.statement.find((candidate) => sameBytes(candidate.keyId, payload.keyId))
  if (!key) throw new Invalid('trust.key')
  if (!contains(key, payload.at)) throw new Invalid('trust.window')
  if (!(await crypto.verify(key.publicKey, encodeDsse(payload.raw), signature)))
    throw new Invalid('trust.signature')
  return key
}

/** The DSSE pre-authentication encoding. */
function encodeDsse(payload: Bytes): Bytes {
  return concat(bytesOf(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload)
}
