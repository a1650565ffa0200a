import { useQueryClient } from '@tanstack/vue-query'
import { useRouter } from 'vue-router'
import { useToasts } from '@/composables/toasts'
import { t } from '@/i18n'
import { send } from '@/services/http'
import { existed } from './existed'

/** Creates the document that a reference names, or finds it, and goes there. */
export function useCreateDocument() {
  const router = useRouter()
  const queryClient = useQueryClient()
  const { toast } = useToasts()

  return async function create(reference: string, title: string): Promise<void> {
    const body = { reference: reference.trim(), ...(title.trim() && { title: title.trim() }) }
    const { status, data } = await send('post', '/api/v1/documents', { body })
    void queryClient.invalidateQueries({ queryKey: ['documents'] })
    if (status === 201) toast(t('documents.created'))
    else if (body.title && body.title !== data.title) existed.value = data.docId
    else toast(t('documents.alreadyThere'))
    await router.push({ name: 'document', params: { docId: data.docId } })
  }
}
