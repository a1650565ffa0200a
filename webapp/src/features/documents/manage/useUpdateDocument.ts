import { ref } from 'vue'
import { useForm } from '@/composables/form'
import { useToasts } from '@/composables/toasts'
import { call } from '@/services/http'
import type { Document, ReaderChoice } from '@/services/types'
import { useDocumentCache } from './useDocumentCache'

/** Changes what needs no revision. `done` says so. */
export function useUpdateDocument(done: () => string) {
  const { toast } = useToasts()
  const { keep, expire } = useDocumentCache()
  const { errors, problem, busy, submit } = useForm(ref(null), ['description'])
  const update = (
    { docId }: Document,
    body: { description?: string; reader?: ReaderChoice; recheck?: boolean },
  ) =>
    submit(async () => {
      keep(await call('patch', '/api/v1/documents/{docId}', { path: { docId }, body }))
      expire(docId)
      toast(done())
    })
  return { update, errors, problem, busy }
}
