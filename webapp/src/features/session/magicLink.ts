import { currentLocale } from '@/i18n'
import { call } from '@/services/http'
import type { LinkSent } from '@/services/types'

/** Asks for a mail with a link and a code. The answer is the same whether or not anybody gets one. */
export function askForLink(email: string, redirectTo: string): Promise<LinkSent> {
  const body = { email, redirectTo, locale: currentLocale() }
  return call('post', '/api/v1/auth/magic-link', { body, anonymous: true })
}
