import { toValue } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
import { useKeysetList } from '@/composables/keysetList'
import { call } from '@/services/http'
import type { Invitation, ManagedUser } from '@/services/types'

export const usersKey = ['users'] as const
export const invitationsKey = ['invitations'] as const

export function useUsers(q: MaybeRefOrGetter<string>) {
  return useKeysetList<ManagedUser>(
    () => [...usersKey, toValue(q)],
    (cursor, signal) =>
      call('get', '/api/v1/users', { query: { q: toValue(q), ...(cursor && { cursor }) }, signal }),
  )
}

export function useInvitations() {
  return useKeysetList<Invitation>(invitationsKey, (cursor, signal) =>
    call('get', '/api/v1/invitations', { query: { ...(cursor && { cursor }) }, signal }),
  )
}
