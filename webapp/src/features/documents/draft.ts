import { keep, recall } from '@/composables/storage'

export interface Draft {
  /** Id of the person who wrote it: nobody else gets it */
  owner: string
  reference: string
  title: string
}
const key = 'ackify.draft'
const storage = () => sessionStorage

export function keepDraft(draft: Draft): void {
  if (draft.owner && (draft.reference || draft.title)) keep(storage, key, draft)
}

/** What the person has written before the session ended; it is given out once. */
export function takeDraft(owner: string): Draft | undefined {
  const found = recall(storage, key) as Partial<Draft> | null
  keep(storage, key, null)
  if (!owner || found?.owner !== owner) return undefined
  return { owner, reference: String(found.reference ?? ''), title: String(found.title ?? '') }
}
