import { keep, recall } from '@/composables/storage'
import { safeNext } from './next'

const key = 'ackify.wanted'
const day = 24 * 60 * 60 * 1_000
const storage = () => localStorage

/** Somebody without a session wanted to see this document. An invitation may be opened next, in another tab. */
export function rememberWanted(path: string): void {
  keep(storage, key, { path, until: Date.now() + day })
}

export function wantedPlace(): string | undefined {
  const found = recall(storage, key) as { path?: unknown; until?: unknown } | null
  if (typeof found?.until !== 'number' || found.until < Date.now()) return undefined
  return safeNext(found.path)
}

export function forgetWanted(): void {
  keep(storage, key, null)
}
