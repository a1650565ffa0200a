import { cleanup } from '@testing-library/vue'
import { afterEach, beforeEach } from 'vitest'
import { applyLocale } from '@/i18n'
import { dropCsrfToken, onUnauthenticated } from '@/services/http'

beforeEach(async () => {
  await applyLocale('en')
  dropCsrfToken()
  onUnauthenticated(() => {})
})
afterEach(() => {
  cleanup()
  localStorage.clear()
})
