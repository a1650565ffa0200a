import { computed, ref, watch } from 'vue'
import type { Signer } from '@/services/types'
import { isErased } from '@/features/erasure/erased'

/** Whoever is asked can be chosen, to be reminded or withdrawn. */
export const isAsked = ({ state, email }: Signer): boolean =>
  state !== 'withdrawn' && state !== 'unexpected' && !isErased(email)

/** Whoever was withdrawn can be asked again. */
export const canBeAskedAgain = ({ state, email }: Signer): boolean =>
  state === 'withdrawn' && !isErased(email)

/** Whoever can be reminded. */
export const isMissing = (signer: Signer): boolean =>
  isAsked(signer) && (signer.state === 'pending' || signer.state === 'overdue')

/** Who of the list is chosen. Whoever leaves the list is no longer; another view (`view`) begins with nobody. */
export function useSelection(items: () => Signer[], view: () => unknown) {
  const emails = ref(new Set<string>())
  const choosable = computed(() => items().filter(isAsked))
  const chosen = computed(() => choosable.value.filter(({ email }) => emails.value.has(email)))
  const all = computed({
    get: () => choosable.value.length > 0 && chosen.value.length === choosable.value.length,
    set: (wanted) => (emails.value = new Set(wanted ? choosable.value.map(({ email }) => email) : [])),
  })
  const some = computed(() => chosen.value.length > 0 && !all.value)

  function toggle(email: string): void {
    if (!emails.value.delete(email)) emails.value.add(email)
  }
  function clear(): void {
    emails.value.clear()
  }
  watch(view, clear)

  return { choosable, chosen, all, some, has: (email: string) => emails.value.has(email), toggle, clear }
}

export type Selection = ReturnType<typeof useSelection>
