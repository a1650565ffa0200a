import { useQueryClient } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { useForm } from '@/composables/form'
import { useToasts } from '@/composables/toasts'
import { t } from '@/i18n'
import { call } from '@/services/http'
import type { EmailDetails } from '@/services/types'
import { emailKey, emailsKey } from './queries'

/** Sending one email again, and calling it off after asking once. */
export function useEmailActions() {
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

  async function change(id: number, act: () => Promise<EmailDetails>): Promise<void> {
    try {
      queryClient.setQueryData(emailKey(id), await act())
    } catch (error) {
      // Somebody or the worker was faster: the page shows what became of it.
      void queryClient.invalidateQueries({ queryKey: emailKey(id) })
      throw error
    } finally {
      void queryClient.invalidateQueries({ queryKey: emailsKey })
    }
  }

  const retry = ({ id }: EmailDetails) =>
    retrying.submit(async () => {
      await change(id, () => call('post', '/api/v1/admin/emails/{emailId}/retry', { path: { emailId: id } }))
      toast(t('emails.retried'))
    })
  const cancel = ({ id }: EmailDetails) =>
    cancelling.submit(async () => {
      await change(id, () => call('post', '/api/v1/admin/emails/{emailId}/cancel', { path: { emailId: id } }))
      asked.value = false
      toast(t('emails.cancelled'))
    })
  return { retry, cancel, retrying, cancelling, asking }
}
