import { useQuery } from '@tanstack/vue-query'
import { call } from '@/services/http'

export const sessionsKey = ['sessions'] as const

export function useMySessions() {
  return useQuery({
    queryKey: sessionsKey,
    queryFn: ({ signal }) => call('get', '/api/v1/users/me/sessions', { signal }),
  })
}
