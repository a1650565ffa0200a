import { shallowRef } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import type { RouteLocationNormalized } from 'vue-router'
import { routerBase } from '@/services/base'
import { ApiProblem, NETWORK_UNREACHABLE } from '@/services/problem'
import { useSession } from '@/stores/session'
import { safeNext } from './next'
import { routes } from './routes'

export const router = createRouter({
  history: createWebHistory(routerBase()),
  routes,
  scrollBehavior(to, from, saved) {
    if (saved) return saved
    return to.path === from.path ? false : { top: 0 }
  },
})

/** The login page that brings a person back to `place`. */
export function loginFor(place: RouteLocationNormalized) {
  return { name: 'login', query: place.fullPath === '/' ? {} : { next: place.fullPath } }
}

function needsSession(to: RouteLocationNormalized): boolean {
  if (to.name === 'home') return typeof to.query.doc === 'string'
  return to.meta.session === 'required'
}

router.beforeEach(async (to) => {
  const session = useSession()
  await session.load()
  if (session.loadProblem) return true
  if (!session.user && needsSession(to)) return loginFor(to)
  if (session.user && to.name === 'login') return safeNext(to.query.next)
  return true
})

/** Set when a page's code could not be fetched: no network, or a newer version has replaced it. Reloading helps. */
export const navigationProblem = shallowRef<ApiProblem | null>(null)

router.onError(() => {
  navigationProblem.value = new ApiProblem({ code: NETWORK_UNREACHABLE, status: 0 })
})
router.afterEach(() => {
  navigationProblem.value = null
})
