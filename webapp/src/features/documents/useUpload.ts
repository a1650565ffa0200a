import { onScopeDispose, ref } from 'vue'
import { upload } from '@/services/upload'

/** How many files are being sent by this page: whoever leaves it loses them. */
export const uploading = ref(0)

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault()
}

function count(change: 1 | -1): void {
  uploading.value += change
  if (uploading.value > 0) window.addEventListener('beforeunload', ask)
  else window.removeEventListener('beforeunload', ask)
}

/** Sending one file, with how far it is, and a way to stop. */
export function useUpload() {
  /** From 0 to 1; null while nothing is being sent */
  const progress = ref<number | null>(null)
  let controller: AbortController | undefined

  /** Answers undefined when it was cancelled. */
  async function send<T>(path: string, form: FormData): Promise<T | undefined> {
    const { signal } = (controller = new AbortController())
    progress.value = 0
    count(1)
    try {
      return await upload<T>(path, form, { signal, onProgress: (sent) => (progress.value = sent) })
    } catch (error) {
      if (signal.aborted) return undefined
      throw error
    } finally {
      count(-1)
      progress.value = null
    }
  }

  const cancel = () => controller?.abort()
  onScopeDispose(cancel)

  return { progress, send, cancel }
}
