import { useQuery } from '@tanstack/vue-query'
import { computed, toValue } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
import { useKeysetList } from '@/composables/keysetList'
import { call } from '@/services/http'
import type { Document, Revision, Verification } from '@/services/types'
import { documentKey } from './document'
import type { DocumentFilters } from './list/filters'

/** The document that a reference names; null when there is none. */
export function useReference(reference: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['reference', toValue(reference)]),
    queryFn: async ({ signal }) => {
      const page = await call('get', '/api/v1/documents', {
        query: { reference: toValue(reference) },
        signal,
      })
      return page.items[0] ?? null
    },
    staleTime: 0,
  })
}

export function useDocuments(filters: MaybeRefOrGetter<DocumentFilters>) {
  return useKeysetList<Document>(
    () => ['documents', toValue(filters)],
    (cursor, signal) =>
      call('get', '/api/v1/documents', { query: { ...toValue(filters), ...(cursor && { cursor }) }, signal }),
  )
}

export const managedKey = (docId: string) => [...documentKey(docId), 'managed'] as const
export const revisionsKey = (docId: string) => ['revisions', docId] as const
export const verificationsKey = (docId: string) => ['verifications', docId] as const

/** One document as who manages it sees it. */
export function useManagedDocument(docId: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => managedKey(toValue(docId))),
    queryFn: ({ signal }) =>
      call('get', '/api/v1/documents/{docId}', { path: { docId: toValue(docId) }, signal }),
  })
}

export function useRevisions(docId: MaybeRefOrGetter<string>) {
  return useKeysetList<Revision>(
    () => revisionsKey(toValue(docId)),
    (cursor, signal) =>
      call('get', '/api/v1/documents/{docId}/revisions', {
        path: { docId: toValue(docId) },
        query: { ...(cursor && { cursor }) },
        signal,
      }),
  )
}

/** What a revision changed in the text of the one before. */
export function useDifference(docId: MaybeRefOrGetter<string>, revision: MaybeRefOrGetter<number>) {
  return useQuery({
    queryKey: computed(() => [...revisionsKey(toValue(docId)), 'difference', toValue(revision)]),
    queryFn: ({ signal }) =>
      call('get', '/api/v1/documents/{docId}/revisions/{revision}/difference', {
        path: { docId: toValue(docId), revision: toValue(revision) },
        signal,
      }),
    // Neither of the two ever changes.
    staleTime: Infinity,
  })
}

export function useVerifications(docId: MaybeRefOrGetter<string>) {
  return useKeysetList<Verification>(
    () => verificationsKey(toValue(docId)),
    (cursor, signal) =>
      call('get', '/api/v1/documents/{docId}/checksum-verifications', {
        path: { docId: toValue(docId) },
        query: { ...(cursor && { cursor }) },
        signal,
      }),
  )
}
