import { isErased } from '@/features/erasure/erased'
import { t } from '@/i18n'
import type { Reminder, ReminderKind, RemindersQueued, ReminderStatus } from '@/services/types'

const statuses = {
  queued: { tone: 'wait', label: () => t('reminders.status.queued') },
  sent: { tone: 'done', label: () => t('reminders.status.sent') },
  failed: { tone: 'over', label: () => t('reminders.status.failed') },
  bounced: { tone: 'over', label: () => t('reminders.status.bounced') },
  cancelled: { tone: 'wait', label: () => t('reminders.status.cancelled') },
} as const
export const reminderStatus = (status: ReminderStatus) => statuses[status]

const kinds: Record<ReminderKind, () => string> = {
  reminder: () => t('reminders.kind.reminder'),
  overdue: () => t('reminders.kind.overdue'),
  escalation: () => t('reminders.kind.escalation'),
  completed: () => t('reminders.kind.completed'),
}
export const kindText = (kind: ReminderKind): string => kinds[kind]()
export const kindOptions = () =>
  (Object.keys(kinds) as ReminderKind[]).map((value) => ({ value, label: kindText(value) }))

export const recipientText = ({ email }: Reminder): string => (isErased(email) ? t('erasure.person') : email)
export function senderText({ automatic, by }: Reminder): string {
  if (automatic) return t('reminders.bySchedule')
  return by || t('erasure.person')
}

export const statusOptions = (): { value: ReminderStatus | ''; label: string }[] => [
  { value: '', label: t('reminders.status.all') },
  ...(Object.keys(statuses) as ReminderStatus[]).map((value) => ({ value, label: statuses[value].label() })),
]

type Reason = RemindersQueued['skipped'][number]['reason']
const reasons: Record<Reason, (count: number) => string> = {
  signed: (count) => t('reminders.skipped.signed', count),
  not_asked: (count) => t('reminders.skipped.notAsked', count),
  muted: (count) => t('reminders.skipped.muted', count),
  waiting: (count) => t('reminders.skipped.waiting', count),
}

/** Who was not reminded, by the reason in words. */
export function skippedBy(skipped: RemindersQueued['skipped']): { text: string; emails: string[] }[] {
  return (Object.keys(reasons) as Reason[])
    .map((reason) => ({
      reason,
      emails: skipped.filter((one) => one.reason === reason).map((one) => one.email),
    }))
    .filter(({ emails }) => emails.length > 0)
    .map(({ reason, emails }) => ({ text: reasons[reason](emails.length), emails }))
}
