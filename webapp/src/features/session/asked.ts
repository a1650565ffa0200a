import { keep, recall } from '@/composables/storage'
import { safeNext } from '@/router/next'

/** A link that was asked for by mail, and whose code is waited for. */
export interface Asked {
  /** The address it went to */
  to: string
  /** Until when it works, RFC 3339 */
  expiresAt: string
  /** Where to go after logging in */
  next: string
}
const key = 'ackify.asked'
const storage = () => sessionStorage

/** Whoever fetches the code from another app may come back to a tab that was loaded again. */
export function keepAsked(asked: Asked): void {
  keep(storage, key, asked)
}

export function keptAsked(): Asked | null {
  const found = recall(storage, key) as Partial<Record<keyof Asked, unknown>> | null
  if (typeof found?.to !== 'string' || typeof found.expiresAt !== 'string') return null
  // What is no date is not later than now either.
  if (!(new Date(found.expiresAt).getTime() > Date.now())) return null
  return { to: found.to, expiresAt: found.expiresAt, next: safeNext(found.next) }
}

export function forgetAsked(): void {
  keep(storage, key, null)
}
