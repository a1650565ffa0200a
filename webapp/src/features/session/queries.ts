import { useQuery } from '@tanstack/vue-query'
import { call } from '@/services/http'

/** What the server tells everyone; it does not change while the page is open, except once the set-up is done. */
export function useConfig() {
  return useQuery({
    queryKey: ['config'],
    queryFn: ({ signal }) => call('get', '/api/v1/config', { signal }),
    staleTime: Infinity,
  })
}
