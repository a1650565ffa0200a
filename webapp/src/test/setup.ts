import { cleanup } from '@testing-library/vue'
import { afterEach, beforeEach } from 'vitest'
import { applyLocale, areas, fetchAreas } from '@/i18n'
import { dropCsrfToken, onExpectedUser, onUnauthenticated, onUserChanged } from '@/services/http'

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
