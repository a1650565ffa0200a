import { ref } from 'vue'
import { useForm } from '@/composables/form'
import { useToasts } from '@/composables/toasts'
import { t } from '@/i18n'
import { call } from '@/services/http'
import type { Document } from '@/services/types'
import { useDocumentCache } from './useDocumentCache'

/** Takes a deletion back. */
export function useRestore() {
  const { toast } = useToasts()
  const { keep, expire } = useDocumentCache()
  const { problem, busy, submit } = useForm(ref(null), [])
  const restore = ({ docId }: Document) =>
    submit(async () => {
      try {
        keep(await call('post', '/api/v1/documents/{docId}/restore', { path: { docId } }))
        toast(t('manage.restored'))
      } finally {
        // Also when somebody else was faster: then the page shows what became of it.
        expire(docId)
      }
    })
  return { restore, busy, problem }
}
