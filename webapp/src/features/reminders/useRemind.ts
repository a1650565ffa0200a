import { useQueryClient } from '@tanstack/vue-query'
import { ref, shallowRef } from 'vue'
import { useForm } from '@/composables/form'
import { remindingKey, signersKey, statusKey } from '@/features/signers/queries'
import { currentLocale } from '@/i18n'
import { call } from '@/services/http'
import type { Locale, RemindersQueued } from '@/services/types'
import { remindersKey } from './queries'

/** Reminding people of one document, and what became of it. */
export function useRemind() {
  const queryClient = useQueryClient()
  const outcome = shallowRef<RemindersQueued | null>(null)
  const { problem, busy, submit } = useForm(ref(null), [])

  /**
   * Queues an email to each of `emails`, or to everybody who is missing. `locale` is the language of those who have no
   * account that says theirs.
   */
  const remind = (docId: string, emails?: readonly string[], locale: Locale = currentLocale()) =>
    submit(async () => {
      try {
        outcome.value = await call('post', '/api/v1/documents/{docId}/reminders', {
          path: { docId },
          body: { locale, ...(emails && { emails: [...emails] }) },
        })
      } finally {
        // Also when nobody was left: then the lists show why.
        for (const key of [remindersKey, remindingKey, statusKey, signersKey])
          void queryClient.invalidateQueries({ queryKey: key(docId) })
      }
    })

  function forget(): void {
    outcome.value = null
    problem.value = null
  }

  return { remind, forget, outcome, problem, busy }
}
