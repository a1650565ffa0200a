import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import type { ComputedRef } from 'vue'
import { knowsZone, timeZone } from '@/composables/dates'
import { call } from '@/services/http'

/** What the server tells everyone; it does not change while the page is open, except once the set-up is done. */
export function useConfig() {
  return useQuery({
    queryKey: ['config'],
    queryFn: ({ signal }) => call('get', '/api/v1/config', { signal }),
    staleTime: Infinity,
  })
}

/** The organisation's time zone, of which deadlines are days; the reader's, where the browser does not know it. */
export function useZone(): ComputedRef<string> {
  const config = useConfig()
  return computed(() => {
    const zone = config.data.value?.timeZone
    return zone && knowsZone(zone) ? zone : timeZone()
  })
}
