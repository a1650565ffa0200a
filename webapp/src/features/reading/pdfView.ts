import type { PDFDocumentProxy } from 'pdfjs-dist'
import { AnnotationMode, EventBus, LinkTarget, PDFFindController, PDFLinkService, PDFViewer } from './pdfjs'
import type { View } from './useReading'
import { isInView, viewBounds } from './viewBounds'

export interface Matches {
  current: number
  total: number
}
export interface PdfEvents {
  ready: () => void
  /** A page has been drawn, or could not be. */
  drawn: () => void
  page: (page: number) => void
  scale: (scale: number) => void
  matches: (matches: Matches) => void
}
const [smallest, largest, step] = [0.25, 4, 1.2]
/** The width of the pane, unless that makes the page larger than is good to read. */
const firstScale = 'auto'
const fittingScales = ['auto', 'page-width']

/** The library's own words are English; what is named, the page names itself. */
const noWords = {
  getLanguage: () => 'en',
  getDirection: () => 'ltr',
  get: async () => '',
  translate: async () => {},
  translateOnce: async () => {},
  destroy: async () => {},
  pause: () => {},
  resume: () => {},
}

/** One PDF in a scrolling container: pages drawn as they come into view, each with its text and links. */
export function showPdf(container: HTMLDivElement, inner: HTMLDivElement, events: PdfEvents) {
  const bus = new EventBus()
  const ending = new AbortController()
  const links = new PDFLinkService({
    eventBus: bus,
    externalLinkTarget: LinkTarget.BLANK,
    externalLinkRel: 'noopener noreferrer',
  })
  const finder = new PDFFindController({ eventBus: bus, linkService: links })
  const viewer = new PDFViewer({
    container,
    viewer: inner,
    eventBus: bus,
    linkService: links,
    findController: finder,
    annotationMode: AnnotationMode.ENABLE,
    l10n: noWords as never,
    // The types of the library leave it out.
    ...{ abortSignal: ending.signal },
  })
  links.setViewer(viewer)

  bus.on('pagesinit', () => {
    viewer.currentScaleValue = firstScale
    events.ready()
  })
  bus.on('pagerendered', () => events.drawn())
  bus.on('pagechanging', ({ pageNumber }: { pageNumber: number }) => events.page(pageNumber))
  bus.on('scalechanging', ({ scale }: { scale: number }) => events.scale(scale))
  const count = ({ matchesCount }: { matchesCount: Matches }) => events.matches(matchesCount)
  bus.on('updatefindmatchescount', count)
  bus.on('updatefindcontrolstate', count)

  let width = container.clientWidth
  const resized = new ResizeObserver(() => {
    if (container.clientWidth === width) return
    width = container.clientWidth
    const value = viewer.currentScaleValue
    if (viewer.pagesCount > 0 && fittingScales.includes(value)) viewer.currentScaleValue = value
  })
  resized.observe(container)

  function show(pdf: PDFDocumentProxy): void {
    viewer.setDocument(pdf)
    links.setDocument(pdf)
  }

  function goTo(page: number): void {
    viewer.currentPageNumber = Math.min(Math.max(1, page), viewer.pagesCount)
  }

  function zoom(direction: 1 | -1): void {
    const scale = viewer.currentScale * (direction > 0 ? step : 1 / step)
    viewer.currentScale = Math.round(Math.min(largest, Math.max(smallest, scale)) * 100) / 100
  }

  function fitWidth(): void {
    viewer.currentScaleValue = 'page-width'
  }

  /** Without a direction, a new search; with one, on to the match after or before. */
  function find(query: string, direction?: 1 | -1): void {
    bus.dispatch('find', {
      source: bus,
      type: direction ? 'again' : '',
      query,
      caseSensitive: false,
      entireWord: false,
      highlightAll: true,
      findPrevious: direction === -1,
      matchDiacritics: false,
    })
  }

  function endFind(): void {
    bus.dispatch('findbarclose', { source: bus })
  }

  function namePages(name: (page: number) => string): void {
    for (let index = 0; index < viewer.pagesCount; index++)
      viewer.getPageView(index).div.setAttribute('aria-label', name(index + 1))
  }

  function look(): View {
    const window = viewBounds()
    const frame = container.getBoundingClientRect()
    const bounds = { top: Math.max(window.top, frame.top), bottom: Math.min(window.bottom, frame.bottom) }
    const pages: number[] = []
    for (let page = Math.max(1, viewer.currentPageNumber - 3); page <= viewer.pagesCount; page++) {
      const rect: DOMRect = viewer.getPageView(page - 1).div.getBoundingClientRect()
      if (rect.top > bounds.bottom) break
      if (isInView(rect, bounds)) pages.push(page)
    }
    return { pages }
  }

  function destroy(): void {
    resized.disconnect()
    viewer.setDocument(null as never)
    links.setDocument(null as never)
    ending.abort()
  }

  return { show, goTo, zoom, fitWidth, find, endFind, namePages, look, destroy }
}

export type PdfView = ReturnType<typeof showPdf>
