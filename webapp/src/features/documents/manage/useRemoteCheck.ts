import { ref } from 'vue'
import { useForm } from '@/composables/form'
import { useToasts } from '@/composables/toasts'
import { t } from '@/i18n'
import { call } from '@/services/http'
import type { Document, Verification } from '@/services/types'
import { useDocumentCache } from './useDocumentCache'

function outcome({ isValid, error }: Verification): string {
  if (isValid) return t('integrity.nowSame')
  return error ? t('integrity.nowFailed') : t('integrity.nowChanged')
}

/** Has the server look at the document's address now. */
export function useRemoteCheck() {
  const { toast } = useToasts()
  const { expire } = useDocumentCache()
  const { problem, busy, submit } = useForm(ref(null), [])
  const check = ({ docId }: Document) =>
    submit(async () => {
      const verification = await call('post', '/api/v1/documents/{docId}/checksum-verifications', {
        path: { docId },
        body: { source: 'remote' },
      })
      toast(outcome(verification), { note: !verification.isValid })
      expire(docId)
    })
  return { check, problem, busy }
}
