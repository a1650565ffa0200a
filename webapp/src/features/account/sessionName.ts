import { t } from '@/i18n'
import type { Session } from '@/services/types'
import { describeUserAgent } from './userAgent'

/** What somebody is logged in with, by a name they know it by. */
export function sessionName({ kind, userAgent }: Session): string {
  const described = describeUserAgent(userAgent)
  // An application has a name of its own, e.g. AckifyMobile/2.1.
  if (kind === 'app') return described || userAgent.split(/[\s/]/)[0] || t('account.app')
  return described || t('account.unknownDevice')
}
