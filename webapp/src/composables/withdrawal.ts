import { useQueryClient } from '@tanstack/vue-query'
import type { QueryKey } from '@tanstack/vue-query'
import { computed, ref, shallowRef } from 'vue'
import { useForm } from './form'
import { useToasts } from './toasts'

/** Withdrawing one row of a list, after asking once. */
export function useWithdrawal<Row extends { email: string }>(options: {
  remove: (row: Row) => Promise<unknown>
  /** The list that shows what became of it. */
  list: QueryKey
  /** What to say when it is done. */
  done: (email: string) => string
}) {
  const queryClient = useQueryClient()
  const { toast } = useToasts()
  const chosen = shallowRef<Row | null>(null)
  const asking = computed({
    get: () => chosen.value !== null,
    set: (open) => {
      if (!open) chosen.value = null
    },
  })
  const { problem, busy, submit } = useForm(ref(null), [])
  const withdraw = () =>
    submit(async () => {
      const row = chosen.value
      if (!row) return
      try {
        await options.remove(row)
        chosen.value = null
        toast(options.done(row.email))
      } finally {
        // Also when it was no longer open: then the list shows what became of it.
        void queryClient.invalidateQueries({ queryKey: options.list })
      }
    })
  return { chosen, asking, problem, busy, withdraw }
}
