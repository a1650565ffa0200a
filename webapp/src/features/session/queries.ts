import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import type { ComputedRef } from 'vue'
import { knowsZone, timeZone } from '@/composables/dates'
import { call } from '@/services/http'
import { ApiProblem, RATE_LIMITED } from '@/services/problem'

/** Seconds to wait where the server does not say. */
const usualWait = 60

/** Milliseconds after which the server is asked again that was asked too much. */
function untilAnswered(error: Error | null): number | false {
  if (!(error instanceof ApiProblem) || error.code !== RATE_LIMITED) return false
  return (error.retryAfter || usualWait) * 1000
}

/** What the server tells everyone; it does not change while the page is open, except once the set-up is done. */
export function useConfig() {
  return useQuery({
    queryKey: ['config'],
    queryFn: ({ signal }) => call('get', '/api/v1/config', { signal }),
    staleTime: Infinity,
    refetchInterval: ({ state }) => untilAnswered(state.error),
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
