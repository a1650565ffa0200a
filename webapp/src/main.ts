import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp, watch } from 'vue'
import App from './App.vue'
import { applyLocale, fetchLocale, i18n } from './i18n'
import { onReturn } from './composables/onReturn'
import { loginFor, needsSession, router } from './router'
import { safeNext } from './router/next'
import { onExpectedUser, onUnauthenticated, onUserChanged } from './services/http'
import { ApiProblem } from './services/problem'
import { usePreferences } from './stores/preferences'
import { useSession } from './stores/session'
import './styles/main.css'

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // Only what may pass by itself is asked again; the server's reasons do not change within a second.
      retry: (failures, error) => failures < 1 && error instanceof ApiProblem && error.status === 0,
    },
  },
})

async function start(): Promise<void> {
  const app = createApp(App).use(createPinia()).use(i18n).use(VueQueryPlugin, { queryClient })
  const session = useSession()
  // Another person must never see what was fetched for the one before.
  watch(
    () => session.user?.id,
    () => queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== 'config' }),
    { flush: 'sync' },
  )
  onExpectedUser(() => session.user?.id)
  onUserChanged(() => session.refresh(true))
  onUnauthenticated(() => {
    const ended = session.user !== null
    session.clear()
    const place = router.currentRoute.value
    if (place.name !== 'login') void router.push(loginFor(place, ended))
  })
  onReturn(async () => {
    if (session.loadProblem) return
    const before = session.user
    await session.refresh()
    const place = router.currentRoute.value
    if (before && !session.user && needsSession(place)) void router.push(loginFor(place, true))
    if (!before && session.user && place.name === 'login') void router.replace(safeNext(place.query.next))
  })
  const locale = usePreferences().likelyLocale()
  await Promise.all([fetchLocale(locale), session.load()])
  if (!session.user) await applyLocale(locale)
  app.use(router)
  // The first page is there when the app appears: it is not a change of page that would move the focus.
  await router.isReady().catch(() => {})
  app.mount('#app')
}

void start()
