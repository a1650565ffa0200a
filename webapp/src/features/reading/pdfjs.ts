/** All of pdf.js that is used. The viewer finds the library through a global, so their order matters. */
import * as library from 'pdfjs-dist'
import * as viewer from 'pdfjs-dist/web/pdf_viewer.mjs'
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?worker&url'
import { serverUrl } from '@/services/base'

library.GlobalWorkerOptions.workerSrc = workerUrl

/** Begins to work as soon as this is loaded, and serves every document of the page. */
const worker = new library.PDFWorker()

/** What a few files need besides: fetched on demand, from our own host. */
const assets = serverUrl(`/assets/pdf/${library.version}/`)

export function load(url: string) {
  return library.getDocument({
    url,
    worker,
    withCredentials: true,
    rangeChunkSize: 2 ** 17,
    // One long answer would leave the parts that the first page needs waiting in line behind it.
    disableStream: true,
    disableAutoFetch: true,
    cMapUrl: `${assets}cmaps/`,
    cMapPacked: true,
    standardFontDataUrl: `${assets}fonts/`,
    // The site's rules forbid WebAssembly; the same decoders are there in JavaScript.
    wasmUrl: `${assets}decoders/`,
    useWasm: false,
  })
}

export const { AnnotationMode } = library
export const { EventBus, LinkTarget, PDFFindController, PDFLinkService, PDFViewer } = viewer
