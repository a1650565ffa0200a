import { usePreferences } from '@/stores/preferences'
import { useSession } from '@/stores/session'
import { call } from '@/services/http'
import type { Locale } from '@/services/types'

/** Changing the language: of this browser, and of the account when there is one. */
export function useLanguage() {
  const preferences = usePreferences()
  const session = useSession()

  async function choose(locale: Locale): Promise<void> {
    await preferences.setLocale(locale)
    if (session.user) session.user = await call('patch', '/api/v1/users/me', { body: { locale } })
  }

  return { choose }
}
