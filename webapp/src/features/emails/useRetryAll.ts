import { useQueryClient } from '@tanstack/vue-query'
import { ref } from 'vue'
import { useForm } from '@/composables/form'
import { useToasts } from '@/composables/toasts'
import { t } from '@/i18n'
import { call } from '@/services/http'
import { emailsKey } from './queries'

/** Sends all that have failed again, some hundred a call, and says how many could not be. */
export function useRetryAll() {
  const queryClient = useQueryClient()
  const { toast } = useToasts()
  const asking = ref(false)
  const { problem, busy, submit } = useForm(ref(null), [])

  const retryAll = () =>
    submit(async () => {
      let [retried, left] = [0, 0]
      let before: number | undefined
      try {
        do {
          const body = before === undefined ? {} : { before }
          const outcome = await call('post', '/api/v1/admin/emails/retry', { body })
          retried += outcome.retried
          left += outcome.left
          before = outcome.next
        } while (before !== undefined)
      } finally {
        void queryClient.invalidateQueries({ queryKey: emailsKey })
      }
      asking.value = false
      toast([t('emails.retriedAll', retried), ...(left > 0 ? [t('emails.leftAll', left)] : [])].join(' '))
    })

  return { asking, problem, busy, retryAll }
}
