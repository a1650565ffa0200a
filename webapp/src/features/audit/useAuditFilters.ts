import { computed } from 'vue'
import { useInAddress } from '@/composables/address'
import { useSearch } from '@/composables/search'
import { isGroup } from './actions'
import type { Group } from './actions'

/** What the API filters by. */
export interface AuditFilters {
  q: string
  action: string
  /** Not before */
  from: string
  /** Before */
  to: string
}

/** Midnight in the reader's own zone at which a day begins, or the one after it; empty for what is no day. */
export function midnight(day: string, later = 0): string {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day)
  if (!parts) return ''
  const [year, month, date] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  // A date that does not exist would be read as another.
  if (new Date(year, month - 1, date).getDate() !== date) return ''
  return new Date(year, month - 1, date + later).toISOString()
}

/** What the trail is narrowed down to. It lives in the address, so that a view can be shared and survives a reload. */
export function useAuditFilters() {
  const { q, text } = useSearch()
  const action = useInAddress('action')
  const from = useInAddress('from')
  const to = useInAddress('to')
  const group = computed<Group>({
    get: () => (isGroup(action.value) ? action.value : ''),
    set: (value) => (action.value = value),
  })
  const filters = computed<AuditFilters>(() => ({
    q: q.value,
    action: /^[a-z_.]{0,64}$/.test(action.value) ? action.value : '',
    from: midnight(from.value),
    to: midnight(to.value, 1),
  }))
  const narrowed = computed(() => Object.values(filters.value).some(Boolean))
  /** No day is both: nothing can be found. */
  const backwards = computed(() => {
    const [first, last] = [midnight(from.value), midnight(to.value)]
    return first !== '' && last !== '' && first > last
  })
  return { text, group, from, to, filters, narrowed, backwards }
}
