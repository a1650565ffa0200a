import { computed, ref } from 'vue'
import { keep, recall } from '@/composables/storage'
import type { User } from '@/services/types'

const key = 'ackify.name'
const storage = () => localStorage

/**
 * Whether somebody has yet to say that their name is theirs: it is what would be made of their address. Once they have
 * in this browser, they are not asked again.
 */
export function useNameCheck(user: () => User) {
  const said = ref(recall(storage, key))
  const asks = computed(() => user().nameFromEmail === true && said.value !== user().id)

  function accept(): void {
    said.value = user().id
    keep(storage, key, user().id)
  }

  return { asks, accept }
}
