import { formatDate, regional } from '@/composables/dates'
import { roleName } from '@/features/people/roles'
import { methodText } from '@/features/session/methods'
import { currentLocale, t } from '@/i18n'
import type { AuditEvent, PublicConfig, Role } from '@/services/types'

const roles: readonly string[] = ['signer', 'author', 'auditor', 'admin'] satisfies Role[]
const role = (value: string) => (roles.includes(value) ? roleName(value as Role) : value)

const phrases: Record<string, () => string> = {
  this: () => t('audit.detail.this'),
  one: () => t('audit.detail.one'),
  others: () => t('audit.detail.others'),
  application: () => t('audit.detail.application'),
  registration: () => t('audit.detail.registration'),
  mail: () => t('audit.detail.mail'),
  link: () => t('audit.detail.mail'),
  command: () => t('audit.detail.command'),
  'set-up link': () => t('methods.setup'),
  'by themselves': () => t('audit.detail.themselves'),
  invitation: () => t('audit.detail.forInvitation'),
  'password reset': () => t('audit.detail.forReset'),
  material: () => t('audit.detail.material'),
  editorial: () => t('audit.detail.editorial'),
  document: () => t('audit.detail.ofDocument'),
  person: () => t('audit.detail.ofPerson'),
}
const phrase = (value: string) => phrases[value]?.() ?? value

const reasons: Record<string, () => string> = {
  'auth.invalid_credentials': () => t('audit.reason.credentials'),
  'auth.account_inactive': () => t('audit.reason.inactive'),
  'auth.email_unconfirmed': () => t('audit.reason.unconfirmed'),
  'auth.too_many_attempts': () => t('audit.reason.attempts'),
  'auth.email_not_vouched': () => t('audit.reason.notVouched'),
  'auth.domain_not_allowed': () => t('audit.reason.domain'),
  'auth.sign_up_closed': () => t('audit.reason.closed'),
}

/** What else the trail notes of an event, in words where there are some; what is new goes by its own name. */
export function detailTexts({ detail }: AuditEvent, config?: PublicConfig): string[] {
  const { from, to, was, is, ...others } = detail
  const texts: string[] = []
  if (from && to) texts.push(t('audit.detail.roles', { from: role(from), to: role(to) }))
  if (was || is) texts.push(t('audit.detail.devices', { was: was || '?', is: is || '?' }))
  for (const [key, value] of Object.entries(others)) texts.push(one(key, value, config))
  return texts
}

function one(key: string, value: string, config: PublicConfig | undefined): string {
  switch (key) {
    case 'method':
    case 'provider':
      return methodText(value, { config })
    case 'how':
      return value !== 'invitation' && phrases[value] ? phrase(value) : methodText(value, { config })
    case 'which':
    case 'with':
    case 'for':
    case 'change':
    case 'of':
      return phrase(value)
    case 'revision':
      return t('audit.detail.revision', { revision: value })
    case 'code':
      return reasons[value]?.() ?? value
    case 'role':
      return t('audit.detail.role', { role: role(value) })
    case 'entries':
      return t('audit.detail.entries', Number(value))
    case 'count':
      return t('audit.detail.count', Number(value))
    case 'group':
      return t('audit.detail.group', { group: value })
    case 'due':
      return Number.isNaN(Date.parse(value))
        ? value
        : t('audit.detail.due', { date: formatDate(value, regional(currentLocale())) })
    case 'expires':
      return Number.isNaN(Date.parse(value))
        ? value
        : t('audit.detail.expires', { date: formatDate(value, regional(currentLocale())) })
    case 'why':
      return value
    case 'scopes':
      return value.split(' ').join(', ')
    default:
      return `${key}: ${value}`
  }
}
