import { serverUrl } from '@/services/base'
import type { Document } from '@/services/types'

export type ReaderKind = 'pdf' | 'image' | 'text'

/** What shows a document in the page; null when it is read elsewhere. */
export function readerOf({ reader, content }: Document): ReaderKind | null {
  if (reader.mode !== 'integrated' || !content || content.kind === 'other') return null
  return content.kind === 'pdf' || content.kind === 'image' ? content.kind : 'text'
}

const below = ({ docId }: Document) => `/api/v1/documents/${encodeURIComponent(docId)}`

/** Where the bytes are that the revision on screen fixed. */
export function contentUrl(document: Document): string {
  return serverUrl(`${below(document)}/content?revision=${document.revision}`)
}

export function downloadUrl(document: Document): string {
  return `${contentUrl(document)}&download=true`
}

/** Where the same is as a page in which nothing runs. */
export function renditionUrl(document: Document): string {
  return serverUrl(`${below(document)}/rendition?revision=${document.revision}`)
}
