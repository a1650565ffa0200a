import { computed } from 'vue'
import { useChoiceInAddress } from '@/composables/address'
import { useSearch } from '@/composables/search'
import { t } from '@/i18n'
import { sorts, sources, states } from './filters'
import type { DocumentFilters } from './filters'

/** What the list is narrowed down to, and its order. It lives in the address. */
export function useDocumentFilters() {
  const { q, text } = useSearch()
  const sort = useChoiceInAddress('sort', sorts)
  const state = useChoiceInAddress('state', states)
  const source = useChoiceInAddress('source', sources)
  const filters = computed<DocumentFilters>(() => ({
    q: q.value,
    sort: sort.value,
    state: state.value,
    ...(source.value !== 'all' && { source: source.value }),
  }))
  /** Words or a kind are looked for: there may be others. */
  const narrowed = computed(() => q.value !== '' || source.value !== 'all')
  /** All of them, in whatever order */
  const whole = computed(() => !narrowed.value && state.value === 'current')
  return { text, sort, state, source, filters, narrowed, whole }
}

export const sortOptions = () => [
  { value: '-createdAt' as const, label: t('documents.sort.newest') },
  { value: 'createdAt' as const, label: t('documents.sort.oldest') },
  { value: '-updatedAt' as const, label: t('documents.sort.changed') },
  { value: 'title' as const, label: t('documents.sort.title') },
  { value: '-title' as const, label: t('documents.sort.titleBack') },
]
export const stateOptions = () => [
  { value: 'current' as const, label: t('documents.state.current') },
  { value: 'overdue' as const, label: t('documents.state.overdue') },
  { value: 'changed' as const, label: t('documents.state.changed') },
  { value: 'deleted' as const, label: t('documents.state.deleted') },
]
export const sourceOptions = () => [
  { value: 'all' as const, label: t('documents.source.all') },
  { value: 'url' as const, label: t('documents.source.url') },
  { value: 'file' as const, label: t('documents.source.file') },
  { value: 'reference' as const, label: t('documents.source.reference') },
]
