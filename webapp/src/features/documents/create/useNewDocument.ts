import { computed, onBeforeUnmount, ref, shallowRef, watch } from 'vue'
import type { FieldCodes } from '@/composables/form'
import { required } from '@/composables/form'
import type { ReaderChoice } from '@/services/types'
import { useSession } from '@/stores/session'
import { checksumCode, isAddress, looksReadable } from '../contents'
import { keepDraft, takeDraft } from '../draft'
import type { Way } from '../draft'
import { chosenOf, fit, plainOptions } from '../reading'
import type { ReadingFacts } from '../reading'
import { usePreview } from './usePreview'
import { useSuggested } from './useSuggested'

export type Field = 'reference' | 'file' | 'title' | 'description' | 'checksum' | ReaderField
type ReaderField = 'reader.mode' | 'reader.fullRead' | 'reader.checksumRequired' | 'reader.download'
export const readerFields = ['reader.mode', 'reader.fullRead', 'reader.checksumRequired'] as const

/** What a person says about a document that they want to create. `given`: the reference is settled already. */
export function useNewDocument(given: string) {
  const session = useSession()
  const owner = session.user?.id ?? ''
  const draft = given === '' ? takeDraft(owner) : undefined
  const offered: Way[] = given
    ? [isAddress(given) ? 'address' : 'reference', 'file']
    : ['address', 'file', 'reference']
  const way = ref<Way>(draft?.way ?? offered[0]!)
  const reference = ref(draft?.reference ?? given)
  const title = useSuggested(draft?.title)
  const description = ref(draft?.description ?? '')
  const file = shallowRef<File | null>(null)
  const checksum = ref('')
  const algorithm = ref<'SHA-256' | 'SHA-512'>('SHA-256')
  const choice = ref<ReaderChoice>({})
  const look = usePreview(() => (way.value === 'address' ? reference.value : ''))

  const facts = computed<ReadingFacts>(() => {
    const own = way.value !== 'file' && checksum.value.trim() !== ''
    if (way.value === 'file') {
      const readable = file.value ? looksReadable(file.value.name) : undefined
      return { address: false, kept: true, readable, checksum: true }
    }
    if (way.value === 'reference') return { address: false, kept: false, readable: false, checksum: own }
    const preview = look.preview.value
    if (!preview) return { address: true, kept: undefined, readable: undefined, checksum: undefined }
    const kept = preview.content !== undefined
    const readable = kept && preview.content?.kind !== 'other'
    return { address: true, kept, readable, checksum: own || Boolean(preview.checksum) }
  })
  const defaults = computed(() => look.preview.value?.reader ?? plainOptions)
  const reader = computed(() =>
    chosenOf(choice.value, fit({ ...defaults.value, ...choice.value }, facts.value)),
  )

  const filled = (now = '', before = '') => {
    title.withdraw(before)
    title.suggest(now)
  }
  watch(look.preview, (now, before) => filled(now?.title, before?.title))
  // The session has ended while somebody was writing: the same person finds it again after logging in.
  onBeforeUnmount(() => {
    if (given !== '' || session.user) return
    const written = title.typed.value ? title.value.value : ''
    keepDraft({
      owner,
      way: way.value,
      reference: reference.value,
      title: written,
      description: description.value,
    })
  })

  function check(): FieldCodes<Field> {
    if (way.value === 'file') return file.value ? {} : { file: 'file.missing' }
    const codes: FieldCodes<Field> = required({ reference: reference.value })
    if (!codes.reference && way.value === 'address' && !isAddress(reference.value))
      codes.reference = 'url.invalid'
    const wrong = checksumCode(checksum.value, algorithm.value)
    return wrong ? { ...codes, checksum: wrong } : codes
  }

  return {
    offered,
    way,
    reference,
    title,
    description,
    file,
    checksum,
    algorithm,
    choice,
    look,
    facts,
    defaults,
    reader,
    check,
  }
}
export type NewDocument = ReturnType<typeof useNewDocument>
