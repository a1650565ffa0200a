import { useToasts } from '@/composables/toasts'
import { problemText } from '@/services/errors'
import { call } from '@/services/http'
import { asProblem } from '@/services/problem'
import type { Locale } from '@/services/types'
import { usePreferences } from '@/stores/preferences'
import { useSession } from '@/stores/session'

/** Changing the language: of this browser, and of the account when there is one. */
export function useLanguage() {
  const preferences = usePreferences()
  const session = useSession()

  async function choose(locale: Locale): Promise<void> {
    await preferences.setLocale(locale)
    if (!session.user) return
    try {
      session.user = await call('patch', '/api/v1/users/me', { body: { locale } })
    } catch (error) {
      // This browser has the language all the same; only the account has kept the other.
      useToasts().toast(problemText(asProblem(error)))
    }
  }

  return { choose }
}
