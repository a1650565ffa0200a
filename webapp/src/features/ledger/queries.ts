import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { ref } from 'vue'
import { useForm } from '@/composables/form'
import { call } from '@/services/http'
import type { LedgerState } from '@/services/types'

export const ledgerKey = ['ledger'] as const
const second = 1_000

/** The ledger's state; while a check is under way, asked again every second. */
export function useLedger() {
  return useQuery({
    queryKey: ledgerKey,
    queryFn: ({ signal }) => call('get', '/api/v1/ledger', { signal }),
    refetchInterval: (query) => (query.state.data?.running ? second : false),
    staleTime: 0,
  })
}

/** Begins a check of the whole ledger; the server goes on with it by itself. */
export function useCheck() {
  const queryClient = useQueryClient()
  const { problem, busy, submit } = useForm(ref(null), [])

  const check = () =>
    submit(async () => {
      try {
        const running = await call('post', '/api/v1/ledger/checks')
        queryClient.setQueryData<LedgerState>(ledgerKey, (state) => state && { ...state, running })
      } finally {
        // Also when it is refused because one is under way: then that one is shown.
        void queryClient.invalidateQueries({ queryKey: ledgerKey })
      }
    })

  return { problem, busy, check }
}
