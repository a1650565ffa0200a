import { onScopeDispose, watch } from 'vue'
import { useRouter } from 'vue-router'
import type { RouteLocationNormalized } from 'vue-router'

/**
 * Asks before another page takes the place of what somebody has typed. `ask` hears of an attempt to leave; what it does
 * then is up to it, and `go` leads to where they wanted. The browser asks by itself before it closes or reloads.
 */
export function useLeaving(dirty: () => boolean, ask: () => void) {
  const router = useRouter()
  let wanted: RouteLocationNormalized | undefined

  const stop = router.beforeEach((to) => {
    // Whoever has to log in has no other way.
    if (!dirty() || to.name === 'login') return true
    wanted = to
    ask()
    return false
  })
  const warn = (event: BeforeUnloadEvent) => event.preventDefault()
  const unwarn = () => window.removeEventListener('beforeunload', warn)
  watch(dirty, (is) => (is ? window.addEventListener('beforeunload', warn) : unwarn()))
  onScopeDispose(() => {
    stop()
    unwarn()
  })

  /** Goes where somebody wanted to go when they were asked; false when they wanted nowhere. */
  function go(): boolean {
    const place = wanted
    wanted = undefined
    if (place) void router.push(place.fullPath)
    return place !== undefined
  }
  const stay = () => (wanted = undefined)

  return { go, stay }
}
