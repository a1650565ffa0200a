import { keep, recall } from '@/composables/storage'
import { isLocale } from '@/i18n'
import type { Locale } from '@/services/types'

const key = (userId: string, docId: string) => `ackify.sentence.${userId}.${docId}`
const storage = () => sessionStorage

/** The language a person has chosen for a document's sentence, kept until it is signed, also across a login. */
export function keepSentence(userId: string, docId: string, locale: Locale | null): void {
  keep(storage, key(userId, docId), locale)
}

export function keptSentence(userId: string, docId: string): Locale | null {
  const found = recall(storage, key(userId, docId))
  return isLocale(found) ? found : null
}
