import { computed, ref, shallowRef, watch } from 'vue'
import type { FieldCodes } from '@/composables/form'
import { required } from '@/composables/form'
import { call } from '@/services/http'
import type { Change, Document, ReaderChoice } from '@/services/types'
import { checksumCode, isAddress, looksReadable } from '../contents'
import { chosenOf, factsOf, fit } from '../reading'
import type { ReadingFacts } from '../reading'
import { useUpload } from '../useUpload'

/** Where the new content comes from: a file, an address, or nowhere: then only what is said of it changes. */
export type RevisionWay = 'file' | 'address' | 'same'

const usual = ({ url, content }: Document): RevisionWay => {
  if (url) return 'address'
  return content ? 'file' : 'same'
}

/** What a person says about a new revision, and sending it. */
export function useNewRevision(document: () => Document) {
  const before = document()
  /** The revision that the person has seen: another one that came meanwhile is a conflict. */
  const previous = ref(before.revision)
  const way = ref<RevisionWay>(usual(before))
  const url = ref(before.url)
  const file = shallowRef<File | null>(null)
  const title = ref(before.title)
  const checksum = ref(before.checksum)
  const algorithm = ref<'SHA-256' | 'SHA-512'>(before.checksumAlgorithm === 'SHA-512' ? 'SHA-512' : 'SHA-256')
  const change = ref<Change | ''>('')
  const choice = ref<ReaderChoice>({})
  const { progress, send: upload, cancel } = useUpload()

  /** Nothing is kept, and nothing is anywhere: the author answers for the checksum. */
  const bare = computed(() => way.value === 'same' && !before.url && !before.content)
  const facts = computed<ReadingFacts>(() => {
    if (way.value === 'file') {
      const readable = file.value ? looksReadable(file.value.name) : undefined
      return { address: before.url !== '', kept: true, readable, checksum: true }
    }
    if (way.value === 'address')
      return { address: true, kept: undefined, readable: undefined, checksum: undefined }
    return { ...factsOf(before), ...(bare.value && { checksum: checksum.value.trim() !== '' }) }
  })
  const reader = computed(() => {
    const fitted = fit({ ...before.reader, ...choice.value }, facts.value)
    // What the new content cannot keep is left behind, also when nobody has looked at it.
    const changed = JSON.stringify(fitted) !== JSON.stringify(fit(before.reader, factsOf(before)))
    return changed ? fitted : chosenOf(choice.value, fitted)
  })
  const newTitle = computed(() => {
    const text = title.value.trim()
    return text && text !== before.title ? text : undefined
  })

  watch(way, () => (choice.value = {}))

  function check(): FieldCodes<'file' | 'url' | 'title' | 'checksum' | 'change'> {
    const codes: FieldCodes<'file' | 'url' | 'title' | 'checksum' | 'change'> = required({
      title: title.value,
      change: change.value,
    })
    if (way.value === 'file' && !file.value) codes.file = 'file.missing'
    if (way.value === 'address' && !isAddress(url.value)) codes.url = 'url.invalid'
    const wrong = bare.value ? checksumCode(checksum.value, algorithm.value) : undefined
    return wrong ? { ...codes, checksum: wrong } : codes
  }

  /** Answers undefined when sending the file was cancelled. */
  async function open(): Promise<Document | undefined> {
    const { docId } = before
    if (way.value === 'file')
      return await upload<Document>(`/api/v1/documents/${encodeURIComponent(docId)}/revisions`, form())
    const address = url.value.trim()
    const body = {
      change: change.value as Change,
      previousRevision: previous.value,
      ...(newTitle.value && { title: newTitle.value }),
      ...(reader.value && { reader: reader.value }),
      refresh: way.value === 'address' && address === before.url,
      ...(way.value === 'address' && address !== before.url && { url: address }),
      ...(bare.value && {
        checksum: checksum.value.trim().toLowerCase(),
        checksumAlgorithm: algorithm.value,
      }),
    }
    return await call('post', '/api/v1/documents/{docId}/revisions', { path: { docId }, body })
  }

  function form(): FormData {
    const data = new FormData()
    data.set('change', change.value)
    data.set('previousRevision', String(previous.value))
    if (newTitle.value) data.set('title', newTitle.value)
    if (reader.value) data.set('reader', JSON.stringify(reader.value))
    data.set('file', file.value as File)
    return data
  }

  return {
    previous,
    way,
    url,
    file,
    title,
    checksum,
    algorithm,
    change,
    choice,
    bare,
    facts,
    progress,
    cancel,
    check,
    open,
  }
}
