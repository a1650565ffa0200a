import { onMounted, ref, shallowRef } from 'vue'
import { CannotRead, readItem } from './intake'
import type { Item } from './intake'
import { browserCrypto } from './proof/crypto'
import type { Crypto } from './proof/crypto'
import { parseKeySet } from './proof/keySet'
import { verifyReceipt } from './proof/verify'
import type { Verdict } from './proof/verify'
import { siteKeys } from './siteKeys'
import type { TrustedKeys } from './siteKeys'

export interface Checked {
  /** Rises with each check, so that the same verdict about another file is news */
  number: number
  verdict: Verdict
  item: Item
}

/** Checks what is handed in, one receipt at a time, and again when the keys change. */
export function useVerifier() {
  const crypto = browserCrypto()
  const keys = shallowRef<TrustedKeys>()
  const checked = shallowRef<Checked>()
  const problem = shallowRef<CannotRead>()
  const busy = ref(false)
  /** Whether it is known by now which keys there are */
  const ready = ref(false)
  let first: Promise<void> | undefined
  let number = 0

  function useSiteKeys(): Promise<void> {
    first = crypto
      .then((usable) => siteKeys(usable))
      .then((found) => {
        keys.value = found
        ready.value = true
      })
    return first
  }
  onMounted(useSiteKeys)

  async function take(files: File[]): Promise<void> {
    await guarded(async (usable) => {
      const items = await Promise.all(files.map(readItem))
      const receipts = items.filter((item) => item.kind === 'receipt')
      if (receipts.length > 1) throw new CannotRead('severalReceipts', receipts[1]?.name ?? '')
      for (const item of items) if (item.kind === 'keys') keys.value = await keysIn(item, usable)
      const item = receipts[0] ?? checked.value?.item
      if (item) await check(item, usable)
    })
  }

  /** Instead of a keys file. */
  async function backToSiteKeys(): Promise<void> {
    await guarded(async (usable) => {
      await useSiteKeys()
      if (checked.value) await check(checked.value.item, usable)
    })
  }

  async function check(item: Item, usable: Crypto): Promise<void> {
    const verdict = await verifyReceipt(item.bytes, keys.value?.set, usable)
    checked.value = { number: ++number, verdict, item }
  }

  function refuse(cause: CannotRead): void {
    checked.value = undefined
    problem.value = cause
  }

  async function guarded(work: (usable: Crypto) => Promise<void>): Promise<void> {
    if (busy.value) return
    busy.value = true
    problem.value = undefined
    try {
      await first
      await work(await crypto)
    } catch (error) {
      refuse(error instanceof CannotRead ? error : new CannotRead('unreadable', ''))
    } finally {
      busy.value = false
    }
  }

  return { keys, checked, problem, busy, ready, take, refuse, backToSiteKeys }
}

async function keysIn(item: Item, crypto: Crypto): Promise<TrustedKeys> {
  try {
    return { set: await parseKeySet(item.bytes, crypto), from: 'file', file: item.name }
  } catch {
    throw new CannotRead('keysInvalid', item.name)
  }
}
