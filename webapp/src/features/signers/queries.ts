import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
import { useKeysetList } from '@/composables/keysetList'
import { documentKey } from '@/features/documents/document'
import { call } from '@/services/http'
import type { Group, Signer } from '@/services/types'
import type { SignerFilters } from './list/states'

export const signersKey = (docId: string) => ['signers', docId] as const
export const statusKey = (docId: string) => ['status', docId] as const
export const remindingKey = (docId: string) => ['reminding', docId] as const
const askedGroupsKey = (docId: string) => ['asked-groups', docId] as const

/** Who was asked to acknowledge a document, or has done so without being asked. */
export function useSigners(docId: MaybeRefOrGetter<string>, filters: MaybeRefOrGetter<SignerFilters>) {
  return useKeysetList<Signer>(
    () => [...signersKey(toValue(docId)), toValue(filters)],
    (cursor, signal) =>
      call('get', '/api/v1/documents/{docId}/signers', {
        path: { docId: toValue(docId) },
        query: { ...toValue(filters), limit: 50, ...(cursor && { cursor }) },
        signal,
      }),
  )
}

/** How far a document is. */
export function useStatus(docId: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => statusKey(toValue(docId))),
    queryFn: ({ signal }) =>
      call('get', '/api/v1/documents/{docId}/status', { path: { docId: toValue(docId) }, signal }),
  })
}

/** How many a reminder would go to, and what is on its way; looked at again until all of it has gone. */
export function useRemindingCount(docId: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => remindingKey(toValue(docId))),
    queryFn: ({ signal }) =>
      call('get', '/api/v1/documents/{docId}/reminders/count', { path: { docId: toValue(docId) }, signal }),
    refetchInterval: ({ state }) => (state.data?.waiting ? 5_000 : false),
  })
}

/** The groups that a document asks as a whole. */
export function useAskedGroups(docId: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => askedGroupsKey(toValue(docId))),
    queryFn: ({ signal }) =>
      call('get', '/api/v1/documents/{docId}/groups', { path: { docId: toValue(docId) }, signal }),
  })
}

export function useGroups(q: MaybeRefOrGetter<string>) {
  return useKeysetList<Group>(
    () => ['groups', 'choice', toValue(q)],
    (cursor, signal) =>
      call('get', '/api/v1/groups', { query: { q: toValue(q), ...(cursor && { cursor }) }, signal }),
  )
}

/** Everything that may have changed with who is asked is fetched again, when it is on screen or next needed. */
export function useSignersCache() {
  const queryClient = useQueryClient()

  function expire(docId: string): void {
    const keys = [signersKey, statusKey, remindingKey, askedGroupsKey, documentKey].map((key) => key(docId))
    for (const queryKey of [...keys, ['documents'], ['expected']])
      void queryClient.invalidateQueries({ queryKey })
  }

  return { expire }
}
