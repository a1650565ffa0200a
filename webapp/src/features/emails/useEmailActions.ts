import { useQueryClient } from '@tanstack/vue-query'
import type { QueryKey } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { useForm } from '@/composables/form'
import { useToasts } from '@/composables/toasts'
import { t } from '@/i18n'

/** One email as somebody may look after it. */
export interface Handled {
  /** Where the page finds it */
  key: QueryKey
  /** Where a list has it */
  list: QueryKey
  /** Sends it again or, while it waits, now; returns what it is by then */
  retry: () => Promise<unknown>
  /** Calls it off; returns what it is by then */
  cancel: () => Promise<unknown>
}

/** Sending one email again, and calling it off after asking once. */
export function useEmailActions(handled: () => Handled) {
  const queryClient = useQueryClient()
  const { toast } = useToasts()
  const retrying = useForm(ref(null), [])
  const cancelling = useForm(ref(null), [])
  const asked = ref(false)
  const asking = computed({
    get: () => asked.value,
    set: (open) => {
      asked.value = open
      cancelling.problem.value = null
    },
  })

  async function change(act: 'retry' | 'cancel'): Promise<void> {
    const { key, list, ...acts } = handled()
    try {
      queryClient.setQueryData(key, await acts[act]())
    } catch (error) {
      // Somebody or the worker was faster: the page shows what became of it.
      void queryClient.invalidateQueries({ queryKey: key })
      throw error
    } finally {
      void queryClient.invalidateQueries({ queryKey: list })
    }
  }

  const retry = () =>
    retrying.submit(async () => {
      await change('retry')
      toast(t('emails.retried'))
    })
  const cancel = () =>
    cancelling.submit(async () => {
      await change('cancel')
      asked.value = false
      toast(t('emails.cancelled'))
    })
  return { retry, cancel, retrying, cancelling, asking }
}

export type EmailActions = ReturnType<typeof useEmailActions>
