import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** Whether people are being asked. It lives in the address, so that other places can lead to it. */
export function useAsking() {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => route.query.ask !== undefined,
    set: (open) => {
      const others = { ...route.query }
      delete others.ask
      void router.replace({ query: open ? { ...others, ask: '' } : others })
    },
  })
}
