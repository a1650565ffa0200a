import { onBeforeUnmount, onMounted, shallowRef } from 'vue'
import type { Document } from '@/services/types'
import { fetchBytes } from './content'
import { contentUrl } from './kind'
import type { Displayed } from './useDisplayed'

/** The bytes of a document that is shown as a whole; what has come is checked at once. */
export function useContent(document: Document, displayed: Displayed) {
  const bytes = shallowRef<Blob>()
  let fetching: AbortController | undefined

  async function fetchContent(): Promise<void> {
    fetching?.abort()
    const { signal } = (fetching = new AbortController())
    displayed.begin()
    bytes.value = undefined
    try {
      bytes.value = await fetchBytes(contentUrl(document), document.content?.mediaType ?? '', {
        signal,
        size: document.content?.size ?? 0,
        onProgress: (part) => (displayed.progress = part),
      })
      await displayed.check(bytes.value)
    } catch (error) {
      if (!signal.aborted) displayed.fail(error)
    }
  }
  onMounted(fetchContent)
  onBeforeUnmount(() => fetching?.abort())

  return { bytes, fetchContent }
}
