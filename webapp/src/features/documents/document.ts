import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, toValue } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
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
