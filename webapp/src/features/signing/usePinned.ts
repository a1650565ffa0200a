import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
import { useDocument } from '@/features/documents/document'
import type { Document, Locale } from '@/services/types'

const lookEvery = 30_000

/**
 * The document as it was when it was opened, with the sentence in the given language. Nobody acknowledges what they
 * have not opened: when another revision is there, which is looked for while the page is in view, this one stays until
 * the person asks for the other.
 */
export function usePinned(docId: MaybeRefOrGetter<string>, locale: MaybeRefOrGetter<Locale>) {
  const { data, error, refetch } = useDocument(docId, locale)
  const document = shallowRef<Document>()
  const changed = computed(() => data.value !== undefined && data.value.revision !== document.value?.revision)
  watch(
    data,
    (fresh) => {
      if (!document.value || fresh?.revision === document.value.revision) document.value = fresh
    },
    { immediate: true, flush: 'sync' },
  )

  async function reload(): Promise<void> {
    const { data: fresh } = await refetch()
    if (fresh) document.value = fresh
  }

  function look(): void {
    if (globalThis.document.visibilityState !== 'visible' || !document.value) return
    void refetch({ cancelRefetch: false })
  }
  const timer = window.setInterval(look, lookEvery)
  globalThis.document.addEventListener('visibilitychange', look)
  window.addEventListener('focus', look)
  onScopeDispose(() => {
    window.clearInterval(timer)
    globalThis.document.removeEventListener('visibilitychange', look)
    window.removeEventListener('focus', look)
  })

  return { document, changed, error, reload }
}
