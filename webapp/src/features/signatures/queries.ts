import { useQuery } from '@tanstack/vue-query'
import { computed, toValue } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
import { useKeysetList } from '@/composables/keysetList'
import { call } from '@/services/http'
import type { Signature } from '@/services/types'
import { mySignaturesKey } from './keys'

export function useMySignatures(q: MaybeRefOrGetter<string>) {
  return useKeysetList<Signature>(
    () => [...mySignaturesKey, 'list', toValue(q)],
    (cursor, signal) =>
      call('get', '/api/v1/signatures', { query: { q: toValue(q), ...(cursor && { cursor }) }, signal }),
  )
}

export function useLatestSignatures(limit: number) {
  return useQuery({
    queryKey: [...mySignaturesKey, 'latest', limit],
    queryFn: ({ signal }) => call('get', '/api/v1/signatures', { query: { limit }, signal }),
  })
}

/** Who has signed one document; the server gives everything only to those who manage it. */
export function useDocumentSignatures(docId: MaybeRefOrGetter<string>) {
  return useKeysetList<Signature>(
    computed(() => ['document-signatures', toValue(docId)]),
    (cursor, signal) =>
      call('get', '/api/v1/documents/{docId}/signatures', {
        path: { docId: toValue(docId) },
        query: { ...(cursor && { cursor }) },
        signal,
      }),
  )
}
