import { onScopeDispose, reactive, ref, shallowRef, toValue, watch } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
import { ApiProblem, asProblem, NETWORK_UNREACHABLE } from '@/services/problem'
import type { Document } from '@/services/types'
import { readerOf } from './kind'
import type { ReaderKind } from './kind'

/** `none`: there is nothing to compare with, or nothing is shown in the page. */
export type DisplayedState = 'none' | 'checking' | 'verified' | 'different' | 'unavailable'

/** The reader's own cause: the bytes are there, but are no file that can be shown. */
export const UNREADABLE = 'content.unreadable'

/**
 * Whether what the browser shows is what the document fixed. The checksum is computed here, of the very bytes that are
 * shown; it begins anew with every revision, and with another reader, or none.
 */
export function useDisplayed(document: MaybeRefOrGetter<Document | undefined>) {
  const state = ref<DisplayedState>('none')
  /** What has come and been checked, from 0 to 1 */
  const progress = ref(0)
  const checksum = ref<string>()
  const problem = shallowRef<ApiProblem | null>(null)
  let running: AbortController | undefined

  function kind(): ReaderKind | null {
    const shown = toValue(document)
    return shown ? readerOf(shown) : null
  }

  function begin(): void {
    running?.abort()
    state.value = toValue(document)?.checksum && kind() ? 'checking' : 'none'
    progress.value = 0
    checksum.value = undefined
    problem.value = null
  }
  watch([() => toValue(document)?.revision, kind], begin, { immediate: true, flush: 'sync' })
  onScopeDispose(() => running?.abort())

  async function check(bytes: Blob): Promise<void> {
    const shown = toValue(document)
    if (!shown?.checksum || !kind()) return
    running?.abort()
    const { signal } = (running = new AbortController())
    try {
      const { checksumOf } = await import('./hashing')
      const found = await checksumOf(bytes, shown.checksumAlgorithm, { signal })
      if (signal.aborted) return
      if (found === shown.checksum.toLowerCase()) claim(found)
      else state.value = 'different'
    } catch (error) {
      if (!signal.aborted) fail(error)
    }
  }

  /** The checksum is known to be of what the person has read, such as of a file they have checked. */
  function claim(found: string): void {
    checksum.value = found
    state.value = 'verified'
    progress.value = 1
  }

  /** Nothing is shown, so nothing that was or is being checked can be signed as what was. */
  function fail(cause: unknown): void {
    running?.abort()
    checksum.value = undefined
    // What fetch throws when an answer breaks off.
    const brokenOff = cause instanceof TypeError
    problem.value = brokenOff ? new ApiProblem({ code: NETWORK_UNREACHABLE, status: 0 }) : asProblem(cause)
    state.value = 'unavailable'
  }

  return reactive({ state, progress, checksum, problem, begin, check, claim, fail })
}

export type Displayed = ReturnType<typeof useDisplayed>
