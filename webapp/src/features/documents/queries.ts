import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, toValue } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
import { useKeysetList } from '@/composables/keysetList'
import { call } from '@/services/http'
import type { Document, Locale } from '@/services/types'

export const documentKey = (docId: string) => ['document', docId] as const

/**
 * One document with the sentence in the given language. It is never fetched again behind the reader's back: what they
 * acknowledge is the revision they opened, and if a newer one came meanwhile the server refuses and we say so.
 */
export function useDocument(docId: MaybeRefOrGetter<string>, locale: MaybeRefOrGetter<Locale>) {
  return useQuery({
    queryKey: computed(() => [...documentKey(toValue(docId)), toValue(locale)]),
    queryFn: ({ signal }) => fetchDocument(toValue(docId), toValue(locale), signal),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    staleTime: 0,
  })
}

function fetchDocument(docId: string, statementLocale: Locale, signal: AbortSignal): Promise<Document> {
  return call('get', '/api/v1/documents/{docId}', { path: { docId }, query: { statementLocale }, signal })
}

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

export function useDocuments(q: MaybeRefOrGetter<string>) {
  return useKeysetList<Document>(
    () => ['documents', toValue(q)],
    (cursor, signal) =>
      call('get', '/api/v1/documents', { query: { q: toValue(q), ...(cursor && { cursor }) }, signal }),
  )
}
