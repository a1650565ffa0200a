import { computed } from 'vue'
import { useChoiceInAddress, useInAddress } from '@/composables/address'
import { useSearch } from '@/composables/search'
import { sortsOf, states } from './states'
import type { SignerFilters, Sort } from './states'

/** Who is listed, and in which order. It lives in the address. */
export function useSignerFilters() {
  const { q, text } = useSearch()
  const state = useChoiceInAddress('state', states)
  const word = useInAddress('sort')
  const sorts = computed(() => sortsOf(state.value))
  const sort = computed<Sort>({
    get: () => sorts.value.find((value) => value === word.value) ?? sorts.value[0]!,
    set: (value) => (word.value = value === sorts.value[0] ? '' : value),
  })
  const filters = computed<SignerFilters>(() => ({ q: q.value, state: state.value, sort: sort.value }))
  return { text, state, sort, sorts, filters }
}
