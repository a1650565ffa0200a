import { onBeforeUnmount, ref, shallowRef } from 'vue'
import { call } from '@/services/http'
import { asProblem } from '@/services/problem'
import type { ApiProblem } from '@/services/problem'
import type { Document, Verification } from '@/services/types'
import { CannotHash, checksumOf } from './hashing'

export type Refusal = 'folder' | 'empty' | 'several' | 'unreadable'

/** Compares a file with a document. Only its checksum leaves this browser; the server keeps the outcome. */
export function useFileCheck(document: () => Document, onMatch: (checksum: string) => void) {
  const name = ref('')
  const busy = ref(false)
  const progress = ref(0)
  const outcome = shallowRef<Verification>()
  const refusal = ref<Refusal>()
  const problem = shallowRef<ApiProblem | null>(null)
  let running: AbortController | undefined

  function clear(): void {
    running?.abort()
    busy.value = false
    progress.value = 0
    outcome.value = undefined
    refusal.value = undefined
    problem.value = null
  }

  function refuse(cause: Refusal, file = ''): void {
    clear()
    name.value = file
    refusal.value = cause
  }

  async function take(files: File[]): Promise<void> {
    const [file, another] = files
    if (!file) return
    if (another) return refuse('several')
    if (file.size === 0) return refuse('empty', file.name)
    clear()
    name.value = file.name
    busy.value = true
    const { signal } = (running = new AbortController())
    try {
      const { docId, revision, checksumAlgorithm } = document()
      const calculatedChecksum = await checksumOf(file, checksumAlgorithm, {
        signal,
        onProgress: (done) => (progress.value = done),
      })
      if (signal.aborted) return
      const body = { source: 'file' as const, calculatedChecksum, revision }
      const found = await call('post', '/api/v1/documents/{docId}/checksum-verifications', {
        path: { docId },
        body,
        signal,
      })
      if (signal.aborted) return
      outcome.value = found
      if (found.isValid) onMatch(calculatedChecksum)
    } catch (error) {
      if (signal.aborted) return
      if (isUnreadable(error)) refusal.value = 'unreadable'
      else problem.value = asProblem(error)
    } finally {
      if (!signal.aborted) busy.value = false
    }
  }

  onBeforeUnmount(() => running?.abort())
  return { name, busy, progress, outcome, refusal, problem, take, refuse, cancel: clear }
}

/** A folder, or a file that was moved or changed meanwhile. */
function isUnreadable(error: unknown): boolean {
  return error instanceof CannotHash || error instanceof DOMException
}
