import { useQuery } from '@tanstack/vue-query'
import { computed, toValue } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
import { useKeysetList } from '@/composables/keysetList'
import { call } from '@/services/http'
import { ApiProblem } from '@/services/problem'
import type { Group, Member } from '@/services/types'

export const groupsKey = ['groups'] as const
export const membersKey = (groupId: string) => ['group-members', groupId] as const

export function useGroups(q: MaybeRefOrGetter<string>) {
  return useKeysetList<Group>(
    () => [...groupsKey, 'list', toValue(q)],
    (cursor, signal) =>
      call('get', '/api/v1/groups', { query: { q: toValue(q), ...(cursor && { cursor }) }, signal }),
  )
}

/** One group, which the server names only in the list of all. */
export function useGroup(groupId: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => [...groupsKey, 'one', toValue(groupId)]),
    queryFn: ({ signal }) => findGroup(toValue(groupId), signal),
  })
}

async function findGroup(groupId: string, signal: AbortSignal): Promise<Group> {
  let cursor: string | undefined
  do {
    const page = await call('get', '/api/v1/groups', {
      query: { limit: 100, ...(cursor && { cursor }) },
      signal,
    })
    const found = page.items.find(({ id }) => id === groupId)
    if (found) return found
    cursor = page.nextCursor
  } while (cursor)
  throw new ApiProblem({ code: 'group.not_found', status: 404 })
}

export function useMembers(groupId: MaybeRefOrGetter<string>, q: MaybeRefOrGetter<string>) {
  return useKeysetList<Member>(
    () => [...membersKey(toValue(groupId)), toValue(q)],
    (cursor, signal) =>
      call('get', '/api/v1/groups/{groupId}/members', {
        path: { groupId: toValue(groupId) },
        query: { q: toValue(q), ...(cursor && { cursor }) },
        signal,
      }),
  )
}
