import { cleanup, configure } from '@testing-library/vue'
import { afterEach, beforeEach } from 'vitest'
import { applyLocale, areas, fetchAreas } from '@/i18n'
import { dropCsrfToken, onExpectedUser, onUnauthenticated, onUserChanged } from '@/services/http'

// Generous: how fast the machine is today is no property of the code.
configure({ asyncUtilTimeout: 120_000 })

// Once, and not in a hook: nobody waits for it with a limit.
await fetchAreas(areas)

beforeEach(async () => {
  await fetchAreas(areas)
  await applyLocale('en')
  dropCsrfToken()
  onUnauthenticated(() => {})
  onUserChanged(async () => {})
  onExpectedUser(() => undefined)
})
afterEach(() => {
  cleanup()
  localStorage.clear()
  sessionStorage.clear()
})
