import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { call } from '@/services/http'
import { asProblem } from '@/services/problem'
import type { ApiProblem } from '@/services/problem'
import type { DocumentPreview } from '@/services/types'
import { isAddress } from '../contents'

const pause = 150

/**
 * Looks at what is at an address, when it is asked to and the address is a whole one. Nobody has to wait for it; of an
 * address that has been changed meanwhile, nothing is shown.
 */
export function usePreview(address: () => string) {
  const preview = shallowRef<DocumentPreview | null>(null)
  const problem = shallowRef<ApiProblem | null>(null)
  const looking = ref(false)
  const wanted = computed(() => (isAddress(address()) ? address().trim() : ''))
  let seen = ''
  let timer: number | undefined
  let request: AbortController | undefined

  function stop(): void {
    window.clearTimeout(timer)
    request?.abort()
    looking.value = false
  }

  /** Each look counts as one of the documents that somebody may create a minute: none is done twice. */
  function look(): void {
    if (wanted.value === seen) return
    stop()
    timer = window.setTimeout(() => void ask(), pause)
  }

  async function ask(): Promise<void> {
    const reference = (seen = wanted.value)
    if (!reference) return
    const controller = (request = new AbortController())
    looking.value = true
    try {
      const answer = await call('post', '/api/v1/documents/preview', {
        body: { reference },
        signal: controller.signal,
      })
      if (controller.signal.aborted) return
      preview.value = answer
    } catch (error) {
      if (!controller.signal.aborted) problem.value = asProblem(error)
    } finally {
      if (request === controller) looking.value = false
    }
  }

  watch(wanted, (now) => {
    if (now === seen) return
    stop()
    seen = ''
    preview.value = null
    problem.value = null
  })
  onScopeDispose(stop)

  return { preview, problem, looking, look }
}
