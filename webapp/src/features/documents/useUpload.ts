import { onScopeDispose, ref } from 'vue'
import { upload } from '@/services/upload'

/** Sending one file, with how far it is, and a way to stop. */
export function useUpload() {
  /** From 0 to 1; null while nothing is being sent */
  const progress = ref<number | null>(null)
  let controller: AbortController | undefined

  /** Answers undefined when it was cancelled. */
  async function send<T>(path: string, form: FormData): Promise<T | undefined> {
    const { signal } = (controller = new AbortController())
    progress.value = 0
    try {
      return await upload<T>(path, form, { signal, onProgress: (sent) => (progress.value = sent) })
    } catch (error) {
      if (signal.aborted) return undefined
      throw error
    } finally {
      progress.value = null
    }
  }

  const cancel = () => controller?.abort()
  onScopeDispose(cancel)

  return { progress, send, cancel }
}
