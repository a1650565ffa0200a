import { ref, watch } from 'vue'
import type { Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/**
 * The secret of a mail's link. It comes in the fragment, so that it reaches neither a proxy's log nor a Referer header,
 * and leaves the address bar at once: neither a history nor a picture of the screen shall hold it.
 */
export function useFragmentToken(): Ref<string> {
  const route = useRoute()
  const router = useRouter()
  const token = ref('')
  watch(
    () => route.hash,
    (hash) => {
      const found = new URLSearchParams(hash.slice(1)).get('token')
      if (!found) return
      token.value = found
      // Not past the router, which writes the address it knows into the history again.
      void router.replace({ path: route.path, query: route.query })
    },
    { immediate: true },
  )
  return token
}
