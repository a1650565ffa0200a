import { keep, recall } from '@/composables/storage'
import { serverUrl } from '@/services/base'
import { bytesOf } from './proof/bytes'
import type { Crypto } from './proof/crypto'
import { parseKeySet } from './proof/keySet'
import type { KeySet } from './proof/keySet'

/** Keys to trust, and where they come from. */
export interface TrustedKeys {
  set: KeySet
  from: 'site' | 'remembered' | 'file'
  /** Name of the file */
  file?: string
  /** When the site's keys were fetched, RFC 3339 */
  at?: string
}

const key = 'ackify.ledgerKeys'
const storage = () => localStorage
const patience = 5_000

/** This site's keys, fetched; those of last time when it cannot be reached; none when neither is there. */
export async function siteKeys(crypto: Crypto): Promise<TrustedKeys | undefined> {
  try {
    const answer = await fetch(serverUrl('/ledger/keys'), { signal: AbortSignal.timeout(patience) })
    if (!answer.ok) throw new Error(String(answer.status))
    const text = await answer.text()
    const set = await parseKeySet(bytesOf(text), crypto)
    const at = new Date().toISOString()
    keep(storage, key, { text, at })
    return { set, from: 'site', at }
  } catch {
    return remembered(crypto)
  }
}

async function remembered(crypto: Crypto): Promise<TrustedKeys | undefined> {
  const found = recall(storage, key) as { text?: unknown; at?: unknown } | null
  if (typeof found?.text !== 'string' || typeof found.at !== 'string') return undefined
  try {
    return { set: await parseKeySet(bytesOf(found.text), crypto), from: 'remembered', at: found.at }
  } catch {
    return undefined
  }
}
