import { useKeysetList } from '@/composables/keysetList'
import { call } from '@/services/http'
import type { ErasureRequest } from '@/services/types'

export const erasureRequestsKey = ['erasure-requests'] as const

export function useErasureRequests() {
  return useKeysetList<ErasureRequest>(erasureRequestsKey, (cursor, signal) =>
    call('get', '/api/v1/erasure-requests', { query: { ...(cursor && { cursor }) }, signal }),
  )
}
