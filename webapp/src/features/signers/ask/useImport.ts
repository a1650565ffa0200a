import { computed, ref, shallowRef } from 'vue'
import type { Ref } from 'vue'
import { endOfDay } from '@/composables/deadlines'
import { useForm } from '@/composables/form'
import { useUpload } from '@/features/documents/useUpload'
import { useZone } from '@/features/session/queries'
import { asProblem } from '@/services/problem'
import type { SignersImport } from '@/services/types'
import { useSignersCache } from '../queries'

/** Asking everybody in a file or a typed list: first what would become of each row, then all of them at once. */
export function useImport(docId: () => string, form: Ref<HTMLFormElement | null>) {
  const { expire } = useSignersCache()
  const { progress, send, cancel } = useUpload()
  const zone = useZone()
  const text = ref('')
  const file = shallowRef<File | null>(null)
  /** YYYY-MM-DD, of everybody who is added; empty: the document's deadline */
  const day = ref('')
  const preview = shallowRef<SignersImport | null>(null)
  const { errors, problem, busy, submit } = useForm(form, ['file', 'text', 'dueAt'])
  /** What would be lost by closing */
  const dirty = computed(() => preview.value !== null || file.value !== null || text.value.trim() !== '')

  function post(source: File, dryRun: boolean): Promise<SignersImport | undefined> {
    const body = new FormData()
    body.set('file', source)
    if (day.value) body.set('dueAt', endOfDay(day.value, zone.value))
    const path = `/api/v1/documents/${encodeURIComponent(docId())}/signers/import?dryRun=${dryRun}`
    return send<SignersImport>(path, body)
  }

  /** There is one parser: what was typed goes to it as a file. */
  const source = (typed: boolean): File | null =>
    typed ? new File([text.value], 'list.txt', { type: 'text/plain' }) : file.value

  const look = (typed: boolean) =>
    submit(
      async () => {
        preview.value = (await post(source(typed)!, true)) ?? preview.value
      },
      () => {
        if (typed) return text.value.trim() ? {} : { text: 'field.required' }
        return file.value ? {} : { file: 'file.missing' }
      },
    )

  /** `done` hears how many were added. What is wrong with a field is shown where that is. */
  async function importAll(typed: boolean, done: (added: number) => void): Promise<void> {
    await submit(async () => {
      try {
        const outcome = await post(source(typed)!, false)
        if (!outcome) return
        expire(docId())
        done(outcome.added)
      } catch (error) {
        // Something has changed since the rows were looked at: they are shown as they are now.
        if (asProblem(error).code === 'import.rejected')
          preview.value = (await post(source(typed)!, true)) ?? preview.value
        throw error
      }
    })
    if (Object.keys(errors.value).length > 0) preview.value = null
  }

  function back(): void {
    preview.value = null
    problem.value = null
  }

  function reset(): void {
    cancel()
    back()
    text.value = ''
    file.value = null
    day.value = ''
    errors.value = {}
  }

  return {
    text,
    file,
    day,
    preview,
    errors,
    problem,
    busy,
    dirty,
    progress,
    look,
    importAll,
    back,
    reset,
    cancel,
  }
}

export type Import = ReturnType<typeof useImport>
