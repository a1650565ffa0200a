import { shallowRef } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import type { RouteLocationNormalized } from 'vue-router'
import { keepRecipient } from '@/features/session/recipient'
import { fetchAreas } from '@/i18n'
import { routerBase } from '@/services/base'
import { ApiProblem, NETWORK_UNREACHABLE } from '@/services/problem'
import { useSession } from '@/stores/session'
import { safeNext } from './next'
import { routes } from './routes'
import { forgetWanted, rememberWanted, wantedPlace } from './wanted'

export const router = createRouter({
  history: createWebHistory(routerBase()),
  routes,
  scrollBehavior(to, from, saved) {
    if (saved) return saved
    return to.path === from.path ? false : { top: 0 }
  },
})

/** The login page that brings a person back to `place`. `ended`: they were logged in until now. */
export function loginFor(place: RouteLocationNormalized, ended = false) {
  const next = place.fullPath === '/' ? {} : { next: place.fullPath }
  return { name: 'login', query: { ...next, ...(ended && { ended: '1' }) } }
}

export function needsSession(to: RouteLocationNormalized): boolean {
  if (to.name === 'home') return typeof to.query.doc === 'string'
  return to.meta.session === 'required'
}

router.beforeEach((to) => {
  if (to.name !== 'document' || !keepRecipient(to.hash)) return true
  return { path: to.path, query: to.query, replace: true }
})

router.beforeEach(async (to) => {
  const session = useSession()
  await session.load()
  if (session.loadProblem) return true
  session.arrive()
  if (!session.user && needsSession(to)) {
    if (to.name === 'home' || to.name === 'document') rememberWanted(to.fullPath)
    return loginFor(to)
  }
  if (session.user && to.name === 'login') return safeNext(to.query.next)
  return true
})

// A page's words are fetched beside its code, and are there before it is shown.
router.beforeEach((to) => {
  fetchAreas(to.meta.messages ?? []).catch(() => {})
})
router.beforeResolve((to) => fetchAreas(to.meta.messages ?? []))

/** Set when a page's code or words could not be fetched: no network, or a newer version is there. Reloading helps. */
export const navigationProblem = shallowRef<ApiProblem | null>(null)

router.onError(() => {
  navigationProblem.value = new ApiProblem({ code: NETWORK_UNREACHABLE, status: 0 })
})
router.afterEach((to) => {
  navigationProblem.value = null
  if (useSession().user && to.fullPath === wantedPlace()) forgetWanted()
})
