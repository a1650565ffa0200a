import { keep, recall } from '@/composables/storage'

/** Where a new document's content comes from. */
export const ways = ['address', 'file', 'reference'] as const
export type Way = (typeof ways)[number]

export interface Draft {
  /** Id of the person who wrote it: nobody else gets it */
  owner: string
  way: Way
  reference: string
  title: string
  description: string
}
const key = 'ackify.draft'
const storage = () => sessionStorage

export function keepDraft(draft: Draft): void {
  if (draft.owner && (draft.reference || draft.title || draft.description)) keep(storage, key, draft)
}

/** What the person has written before the session ended; it is given out once. */
export function takeDraft(owner: string): Draft | undefined {
  const found = recall(storage, key) as Partial<Draft> | null
  keep(storage, key, null)
  if (!owner || found?.owner !== owner) return undefined
  return {
    owner,
    way: ways.find((way) => way === found.way) ?? 'address',
    reference: String(found.reference ?? ''),
    title: String(found.title ?? ''),
    description: String(found.description ?? ''),
  }
}
