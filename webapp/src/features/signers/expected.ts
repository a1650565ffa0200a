import { useKeysetList } from '@/composables/keysetList'
import { call } from '@/services/http'
import type { ExpectedDocument } from '@/services/types'

/** What somebody is asked to acknowledge and has not, what is due first. */
export function useMyExpected() {
  return useKeysetList<ExpectedDocument>(['expected'], (cursor, signal) =>
    call('get', '/api/v1/users/me/expected', { query: { ...(cursor && { cursor }) }, signal }),
  )
}
