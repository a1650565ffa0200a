import { shallowRef } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import type { RouteLocationNormalized } from 'vue-router'
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

const isReminded = (place: RouteLocationNormalized) => place.hash.startsWith('#email=')
/** Where `place` is, without whom a reminder went to. */
const pathOf = (place: RouteLocationNormalized) =>
  isReminded(place) ? place.fullPath.replace(/#.*/, '') : place.fullPath

/**
 * The login page that brings a person back to `place`. `ended`: they were logged in until now. Whom a reminder went to
 * stays behind the `#`, where no server sees it.
 */
export function loginFor(place: RouteLocationNormalized, ended = false) {
  const path = pathOf(place)
  const next = path === '/' ? {} : { next: path }
  const hash = isReminded(place) ? { hash: place.hash } : {}
  return { name: 'login', query: { ...next, ...(ended && { ended: '1' }) }, ...hash }
}

export function needsSession(to: RouteLocationNormalized): boolean {
  if (to.name === 'home') return typeof to.query.doc === 'string'
  return to.meta.session === 'required'
}

router.beforeEach(async (to) => {
  const session = useSession()
  await session.load()
  if (session.loadProblem) return true
  if (!session.user && needsSession(to)) {
    if (to.name === 'home' || to.name === 'document') rememberWanted(pathOf(to))
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
