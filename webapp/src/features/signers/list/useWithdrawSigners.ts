import { computed, ref, shallowRef } from 'vue'
import { useForm } from '@/composables/form'
import { useToasts } from '@/composables/toasts'
import { t } from '@/i18n'
import { call } from '@/services/http'
import { asProblem } from '@/services/problem'
import type { Signer } from '@/services/types'
import { useSignersCache } from '../queries'

/** Withdrawing one or several people, after asking once. Those who could not be withdrawn stay asked about. */
export function useWithdrawSigners(docId: () => string) {
  const { toast } = useToasts()
  const { expire } = useSignersCache()
  const people = shallowRef<Signer[]>([])
  const { problem, busy, submit } = useForm(ref(null), [])
  const asking = computed({
    get: () => people.value.length > 0,
    set: (open) => {
      if (open || busy.value) return
      people.value = []
      problem.value = null
    },
  })

  async function remove(email: string): Promise<void> {
    try {
      await call('delete', '/api/v1/documents/{docId}/signers/{email}', { path: { docId: docId(), email } })
    } catch (error) {
      // Somebody else was faster.
      if (asProblem(error).code !== 'signer.not_found') throw error
    }
  }

  const withdraw = () =>
    submit(async () => {
      const count = people.value.length
      try {
        for (const signer of people.value) {
          await remove(signer.email)
          people.value = people.value.filter((one) => one !== signer)
        }
        toast(t('signers.withdrawn', count))
      } finally {
        expire(docId())
      }
    })

  return { people, asking, problem, busy, withdraw }
}
