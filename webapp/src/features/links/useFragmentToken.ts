import { ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { forgetToken, keepToken, keptToken } from './keptTokens'

/**
 * The secret of a mail's link. It comes in the fragment, so that it reaches neither a proxy's log nor a Referer header,
 * and leaves the address bar at once: neither a history nor a picture of the screen shall hold it. The tab keeps it, for
 * when it is loaded again, until `forget`; what is shown stays.
 */
export function useFragmentToken() {
  const route = useRoute()
  const router = useRouter()
  const { path } = route
  const token = ref(keptToken(path))
  watch(
    () => route.hash,
    (hash) => {
      const found = new URLSearchParams(hash.slice(1)).get('token')
      if (!found || route.path !== path) return
      token.value = found
      keepToken(path, found)
      // Not past the router, which writes the address it knows into the history again.
      void router.replace({ path, query: route.query })
    },
    { immediate: true },
  )
  return { token, forget: () => forgetToken(path) }
}
