import type { Tone } from '@/components/ui/tone'
import { t } from '@/i18n'
import type { EmailProblem, EmailStatus, QueuedEmail } from '@/services/types'

/** Where an email is, in a word for one or for many. */
const statuses: Record<EmailStatus, { tone: Tone; label: (count?: number) => string }> = {
  pending: { tone: 'due', label: () => t('emails.status.pending') },
  processing: { tone: 'due', label: () => t('emails.status.processing') },
  failed: { tone: 'over', label: (count = 1) => t('emails.status.failed', count) },
  sent: { tone: 'done', label: (count = 1) => t('emails.status.sent', count) },
  cancelled: { tone: 'wait', label: (count = 1) => t('emails.status.cancelled', count) },
}
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

/** Whether an email waits for a time that has not come yet. */
export const isHeldBack = (email: QueuedEmail): boolean =>
  email.status === 'pending' && Date.parse(email.scheduledFor) > Date.now()

/** Why an email was not sent. */
const problems: Record<EmailProblem, () => string> = {
  address: () => t('emails.why.address'),
  full: () => t('emails.why.full'),
  policy: () => t('emails.why.policy'),
  refused: () => t('emails.why.refused'),
  later: () => t('emails.why.later'),
  login: () => t('emails.why.login'),
  sender: () => t('emails.why.sender'),
  encryption: () => t('emails.why.encryption'),
  unreachable: () => t('emails.why.unreachable'),
  broken: () => t('emails.why.broken'),
  slow: () => t('emails.why.slow'),
  lost: () => t('emails.why.lost'),
  bounced: () => t('emails.why.bounced'),
  unsendable: () => t('emails.why.unsendable'),
  signed: () => t('emails.why.signed'),
  not_asked: () => t('emails.why.notAsked'),
  muted: () => t('emails.why.muted'),
  document_gone: () => t('emails.why.documentGone'),
  schedule_off: () => t('emails.why.scheduleOff'),
  other_manager: () => t('emails.why.otherManager'),
  nobody_late: () => t('emails.why.nobodyLate'),
  sign_again: () => t('emails.why.signAgain'),
  missing_again: () => t('emails.why.missingAgain'),
  not_needed: () => t('emails.why.notNeeded'),
  by_hand: () => t('emails.why.byHand'),
}
export const problemOfEmail = (code: EmailProblem): string => problems[code]()
export const emailProblems = Object.keys(problems) as EmailProblem[]
