import { computed, ref, shallowRef } from 'vue'
import { useForm } from '@/composables/form'
import { useToasts } from '@/composables/toasts'
import { t } from '@/i18n'
import { call } from '@/services/http'
import type { Signer } from '@/services/types'
import { useSignersCache } from '../queries'

/** Withdrawing one or several people, after asking once: all of them or, where that fails, nobody. */
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

  const withdraw = () =>
    submit(async () => {
      try {
        await call('post', '/api/v1/documents/{docId}/signers/withdraw', {
          path: { docId: docId() },
          body: { emails: people.value.map(({ email }) => email) },
        })
        toast(t('signers.withdrawn', people.value.length))
        people.value = []
      } finally {
        expire(docId())
      }
    })

  return { people, asking, problem, busy, withdraw }
}
