import { t } from '@/i18n'
import type { EmailDetails, EmailStatus } from '@/services/types'

const statuses = {
  pending: { tone: 'due', label: () => t('emails.status.pending') },
  processing: { tone: 'due', label: () => t('emails.status.processing') },
  failed: { tone: 'over', label: () => t('emails.status.failed') },
  sent: { tone: 'done', label: () => t('emails.status.sent') },
  cancelled: { tone: 'wait', label: () => t('emails.status.cancelled') },
} as const
export const emailStatus = (status: EmailStatus) => statuses[status]
export const emailStatuses = Object.keys(statuses) as EmailStatus[]

/** What each of the server's templates is for. One that is not here goes by its own name. */
const templates: Record<string, () => string> = {
  magic_link: () => t('emails.template.magicLink'),
  verification: () => t('emails.template.verification'),
  password_reset: () => t('emails.template.passwordReset'),
  invitation: () => t('emails.template.invitation'),
  already_registered: () => t('emails.template.alreadyRegistered'),
  document_changed: () => t('emails.template.documentChanged'),
  new_device: () => t('emails.template.newDevice'),
  reminder: () => t('reminders.kind.reminder'),
  reminder_overdue: () => t('reminders.kind.overdue'),
  escalation: () => t('reminders.kind.escalation'),
  completed: () => t('reminders.kind.completed'),
}
export const templateText = (template: string): string => templates[template]?.() ?? template
export const knownTemplates = Object.keys(templates)

type Attempt = EmailDetails['attempts'][number]

/** Why a mail server did not take an email, from its codes (RFC 5321, RFC 3463). */
export function attemptText({ code, permanent, ...attempt }: Attempt): string {
  // Many a server gives the second one only in its words.
  const enhanced =
    attempt.enhanced ?? /\b[245]\d\d[ -]"?([245]\.\d{1,3}\.\d{1,3})\b/.exec(attempt.reason)?.[1] ?? ''
  if (code === 530 || code === 534 || code === 535) return t('emails.why.login')
  if (/^\d\.1\.[0-36]/.test(enhanced) || code === 553) return t('emails.why.address')
  if (/^\d\.2\.2/.test(enhanced) || code === 552) return t('emails.why.full')
  if (permanent && /^\d\.7\./.test(enhanced)) return t('emails.why.policy')
  if (code === undefined) return permanent ? t('emails.why.refused') : t('emails.why.connection')
  return permanent ? t('emails.why.refused') : t('emails.why.later')
}
