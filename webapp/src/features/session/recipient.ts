import { keep, recall } from '@/composables/storage'

const key = 'ackify.recipient'
const storage = () => sessionStorage

/**
 * To whom the mail went whose link was opened in this tab. It comes in the link's fragment, so that no log has it, and
 * leaves the address before that becomes the place to return to.
 */
export function keepRecipient(hash: string): boolean {
  const email = new URLSearchParams(hash.slice(1)).get('email')
  if (email) offerTo(email)
  return email !== null
}

/** The next who logs in here is most likely this one. */
export function offerTo(email: string): void {
  keep(storage, key, email)
}

export function recipient(): string | undefined {
  const found = recall(storage, key)
  return typeof found === 'string' && found.length <= 254 && found.includes('@') ? found : undefined
}

export function forgetRecipient(): void {
  keep(storage, key, null)
}
