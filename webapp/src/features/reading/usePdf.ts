import type { PDFDocumentLoadingTask } from 'pdfjs-dist'
import { onBeforeUnmount, onMounted, reactive, ref, shallowRef, watch } from 'vue'
import type { ShallowRef } from 'vue'
import { currentLocale, t } from '@/i18n'
import { ApiProblem, NETWORK_UNREACHABLE } from '@/services/problem'
import type { Document } from '@/services/types'
import { refusalOf } from './content'
import { contentUrl } from './kind'
import type { Matches, PdfView } from './pdfView'
import { UNREADABLE } from './useDisplayed'
import type { Displayed } from './useDisplayed'
import type { Reading } from './useReading'

interface Place {
  container: Readonly<ShallowRef<HTMLDivElement | null>>
  inner: Readonly<ShallowRef<HTMLDivElement | null>>
}

/**
 * One PDF in the page. Its first page is there before the rest has come; once all has come, the bytes that were shown
 * are checked.
 */
export function usePdf(place: Place, document: Document, reading: Reading, displayed: Displayed) {
  const ready = ref(false)
  const page = ref(1)
  const pages = ref(0)
  const scale = ref(1)
  const matches = ref<Matches>({ current: 0, total: 0 })
  const view = shallowRef<PdfView>()
  let task: PDFDocumentLoadingTask | undefined
  let drawn = () => {}
  let ended = false

  const events = {
    ready: () => {
      ready.value = true
      namePages()
      if (view.value) reading.open(pages.value, view.value.look)
    },
    drawn: () => drawn(),
    page: (number: number) => (page.value = number),
    scale: (value: number) => (scale.value = value),
    matches: (found: Matches) => (matches.value = { ...found }),
  }
  const namePages = () => view.value?.namePages((number) => t('pdf.pageNumber', { page: number }))
  watch(currentLocale, namePages)

  async function open(): Promise<void> {
    close()
    displayed.begin()
    try {
      const [{ load }, { showPdf }] = await Promise.all([import('./pdfjs'), import('./pdfView')])
      if (ended || !place.container.value || !place.inner.value) return
      task = load(contentUrl(document))
      task.onProgress = ({ loaded }: { loaded: number }) =>
        (displayed.progress = Math.min(1, loaded / Math.max(1, document.content?.size ?? loaded)))
      const pdf = await task.promise
      if (ended) return
      pages.value = pdf.numPages
      view.value = showPdf(place.container.value, place.inner.value, events)
      const firstPage = new Promise<void>((resolve) => (drawn = resolve))
      view.value.show(pdf)
      // The rest is fetched when nobody waits for it any more.
      await firstPage
      const bytes = (await pdf.getData()) as Uint8Array<ArrayBuffer>
      if (!ended) await displayed.check(new Blob([bytes]))
    } catch (error) {
      if (ended) return
      const why = await cause(error, document)
      if (!ended) displayed.fail(why)
    }
  }

  function close(): void {
    reading.close()
    view.value?.destroy()
    view.value = undefined
    void task?.destroy()
    task = undefined
    ready.value = false
  }

  onMounted(open)
  onBeforeUnmount(() => {
    ended = true
    close()
  })

  return reactive({ ready, page, pages, scale, matches, view, open })
}

export type Pdf = ReturnType<typeof usePdf>

/** The library says neither why the server refused, nor more than that a file is no PDF it can read. */
async function cause(error: unknown, document: Document): Promise<unknown> {
  const name = error instanceof Error ? error.name : ''
  if (name === 'PasswordException' || name === 'InvalidPDFException')
    return new ApiProblem({ code: UNREADABLE, status: 0 })
  const code = name === 'ResponseException' ? NETWORK_UNREACHABLE : UNREADABLE
  const refused = await refusalOf(contentUrl(document), { Range: 'bytes=0-0' })
  return refused ?? new ApiProblem({ code, status: 0 })
}
