import { useQueryClient } from '@tanstack/vue-query'
import { useRouter } from 'vue-router'
import { useToasts } from '@/composables/toasts'
import { t } from '@/i18n'
import { send } from '@/services/http'
import type { Document } from '@/services/types'
import { existed } from '../existed'
import { useUpload } from '../useUpload'
import type { NewDocument } from './useNewDocument'

/** Creates what a person has described, or finds it, and goes there. */
export function useCreateDocument(target: 'manage-document' | 'document', given: string) {
  const router = useRouter()
  const queryClient = useQueryClient()
  const { toast } = useToasts()
  const { progress, send: upload, cancel } = useUpload()

  async function create(input: NewDocument): Promise<void> {
    if (input.way.value === 'file') await byFile(input)
    else await byReference(input)
  }

  async function byReference(input: NewDocument): Promise<void> {
    const text = (value: string) => value.trim() || undefined
    const title = text(input.title.value.value)
    const checksum = text(input.checksum.value)
    const body = {
      reference: input.reference.value.trim(),
      title,
      description: text(input.description.value),
      checksum,
      checksumAlgorithm: checksum || input.algorithm.value !== 'SHA-256' ? input.algorithm.value : undefined,
      reader: input.reader.value,
    }
    const { status, data } = await send('post', '/api/v1/documents', { body: withoutGaps(body) })
    if (status === 201) toast(t('documents.created'))
    else if (title && title !== data.title) existed.value = data.docId
    else toast(t('documents.alreadyThere'))
    await goTo(data)
  }

  async function byFile(input: NewDocument): Promise<void> {
    const form = new FormData()
    // What is typed comes before the file, so that a refusal needs not wait for all of it.
    if (input.title.typed.value) form.set('title', input.title.value.value.trim())
    if (input.description.value.trim()) form.set('description', input.description.value.trim())
    if (given) form.set('reference', given)
    if (input.algorithm.value !== 'SHA-256') form.set('checksumAlgorithm', input.algorithm.value)
    if (input.reader.value) form.set('reader', JSON.stringify(input.reader.value))
    form.set('file', input.file.value as File)
    const made = await upload<Document>('/api/v1/documents/upload', form)
    if (!made) return
    toast(t('documents.created'))
    await goTo(made)
  }

  async function goTo(document: Document): Promise<void> {
    void queryClient.invalidateQueries({ queryKey: ['documents'] })
    const name = document.canManage ? target : 'document'
    await router.push({ name, params: { docId: document.docId } })
  }

  return { create, progress, cancel }
}

/** What has a value: the rest is the server’s to choose. */
function withoutGaps<T extends object>(body: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as never
}
