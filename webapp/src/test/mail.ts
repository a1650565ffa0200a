import type {
  DocumentStatus,
  EmailDetails,
  QueuedEmail,
  Reminder,
  ReminderSchedule,
  RenderedEmail,
} from '@/services/types'

export const aStatus: DocumentStatus = {
  expected: 10,
  signed: 7,
  missing: 3,
  overdue: 1,
  unexpected: 0,
  completion: 70,
  timeline: [],
}

export const aReminder: Reminder = {
  id: 4,
  email: 'noor.haddad@acme.example',
  kind: 'reminder',
  status: 'sent',
  queuedAt: '2026-11-20T08:00:00.000000Z',
  sentAt: '2026-11-20T08:00:05.000000Z',
  by: 'Ada Lindqvist',
  automatic: false,
}

export const aSchedule: ReminderSchedule = {
  enabled: true,
  daysBefore: [7, 1],
  daysAfter: [3],
  weekdays: [1, 2, 3, 4, 5],
  hour: 9,
  timeZone: 'Europe/Paris',
  maxReminders: 5,
}

export const aMail: RenderedEmail = {
  to: 'noor.haddad@acme.example',
  locale: 'en',
  subject: 'Please acknowledge “Information security policy 2026”',
  text: 'Hello Noor,\nplease read.',
  html: '<!doctype html><html lang="en"><body style="margin:0"><p>Hello Noor,</p></body></html>',
}

export const aQueued: QueuedEmail = {
  id: 31,
  to: 'noor.haddad@acme.example',
  subject: aMail.subject,
  template: 'reminder',
  locale: 'en',
  status: 'failed',
  priority: 10,
  retries: 8,
  maxRetries: 8,
  createdAt: '2026-11-20T08:00:00.000000Z',
  scheduledFor: '2026-11-20T08:00:00.000000Z',
  endedAt: '2026-11-20T10:00:00.000000Z',
  lastError: 'There is no such address. The mail server said: 550 5.1.1 no such user',
  errorCode: 'address',
  serverSaid: '550 5.1.1 no such user',
  docId: 'policy-2026',
}

export const someDetails: EmailDetails = {
  ...aQueued,
  text: aMail.text,
  html: aMail.html,
  attempts: [
    {
      at: '2026-11-20T08:00:05.000000Z',
      reason: 'dial tcp: connection refused',
      errorCode: 'unreachable',
      permanent: false,
    },
    {
      at: '2026-11-20T10:00:00.000000Z',
      reason: 'sending SMTP RCPT TO command: 550 5.1.1 no such user',
      errorCode: 'address',
      serverSaid: '550 5.1.1 no such user',
      permanent: true,
      code: 550,
      enhanced: '5.1.1',
    },
  ],
}
