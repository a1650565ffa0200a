import { useQueryClient } from '@tanstack/vue-query'
import type { Document } from '@/services/types'
import { documentKey } from '../document'
import { managedKey, revisionsKey, verificationsKey } from '../queries'

/** What pages know of documents, after one has changed. */
export function useDocumentCache() {
  const queryClient = useQueryClient()

  /** The document as the server has just answered it. */
  function keep(document: Document): void {
    queryClient.setQueryData(managedKey(document.docId), document)
  }

  /** Everything that may have changed with it is asked again, when it is on screen or next needed. */
  function expire(docId: string): void {
    const keys = [
      documentKey(docId),
      revisionsKey(docId),
      verificationsKey(docId),
      ['documents'],
      ['status', docId],
      ['signers', docId],
    ]
    for (const queryKey of keys) void queryClient.invalidateQueries({ queryKey })
  }

  return { keep, expire }
}
