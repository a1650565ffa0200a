import { useQuery } from '@tanstack/vue-query'
import { call } from '@/services/http'

export const tokensKey = ['tokens'] as const

export function useMyTokens() {
  return useQuery({
    queryKey: tokensKey,
    queryFn: ({ signal }) => call('get', '/api/v1/users/me/tokens', { signal }),
  })
}
