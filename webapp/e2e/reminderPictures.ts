/** Pictures of reminders, the email queue and groups, as they are where mail is sent. */
import type { Page } from 'playwright-core'
import { pretend } from './waysIn.ts'

type Take = (name: string, path: string) => Promise<void>
type Shoot = (name: string) => Promise<void>

const json = (body: object) => ({ contentType: 'application/json', body: JSON.stringify(body) })
const at = '2026-11-20T08:00:00.000000Z'
const people = ['maximiliane.brandstetter', 'noor.haddad', 'sam.okafor', 'erik.dahl', 'mia.costa']
const address = (index: number) => `${people[index % people.length]}@acme.example`
const refusal = '550 5.1.1 <mia.costa@acme.example>: Recipient address rejected: User unknown'

const reminders = () =>
  (['queued', 'sent', 'failed', 'bounced', 'cancelled'] as const).map((status, index) => ({
    id: index + 1,
    email: address(index),
    kind: index === 3 ? 'overdue' : index === 1 ? 'escalation' : 'reminder',
    status,
    queuedAt: at,
    by: index === 3 ? '' : 'Ada Lindqvist',
    automatic: index === 3,
    ...(status === 'failed' && { error: refusal, emailId: 31 }),
  }))

const email = (index: number, status: string) => ({
  id: 30 + index,
  to: address(index),
  subject: 'Please acknowledge “Information security policy 2026” – Acme Industries',
  template: index === 1 ? 'invitation' : 'reminder',
  locale: 'en',
  status,
  priority: 10,
  retries: status === 'failed' ? 8 : status === 'pending' ? 2 : 0,
  maxRetries: 8,
  createdAt: at,
  scheduledFor: at,
  ...(status === 'sent' && { sentAt: at }),
  ...(status === 'failed' && { endedAt: at, lastError: refusal, docId: 'security' }),
})
const emails = () => ['pending', 'processing', 'failed', 'sent', 'cancelled'].map((s, i) => email(i, s))
const attempts = [
  { at, reason: 'dial tcp 192.0.2.25:25: connect: connection refused', permanent: false },
  {
    at,
    reason: '4.7.1 Greylisted, please try again in 5 minutes',
    permanent: false,
    code: 451,
    enhanced: '4.7.1',
  },
  { at, reason: refusal, permanent: true, code: 550, enhanced: '5.1.1' },
]

const letter =
  '<!doctype html><html lang="en"><body><p>Hello Sam,</p><p>you are asked to read this document.</p></body></html>'

/** Answers in the server's stead, whatever the query. `*` stands for one word of the path. */
async function fake(page: Page, path: string, body: object, method = 'GET'): Promise<void> {
  const pattern = new RegExp(`/api/v1${path.replaceAll('*', '[^/?]+')}(\\?.*)?$`)
  await page.route(pattern, (route) =>
    route.request().method() === method ? route.fulfill(json(body)) : route.fallback(),
  )
}

/** The tab of a document, whose emails the server renders for real. */
export async function takeReminders(page: Page, take: Take, shoot: Shoot, docId: string): Promise<void> {
  const tab = `/documents/${docId}?tab=reminders`
  const sheet = page.frameLocator('iframe').locator('h1')
  await take('reminders-no-mail', tab)
  await pretend(page, { email: true })
  await fake(page, '/documents/*/status', {
    expected: 400,
    signed: 388,
    missing: 12,
    overdue: 3,
    unexpected: 1,
    completion: 97,
    timeline: [],
  })
  await fake(page, '/documents/*/reminders', { items: reminders(), nextCursor: 'more' })
  await fake(page, '/documents/*/reminders/count', { recipients: 11, muted: 1, waiting: 0, failed: 1 })
  await fake(page, '/documents/*/reminders/schedule', {
    enabled: true,
    daysBefore: [7, 3, 1],
    daysAfter: [1, 3, 7],
    weekdays: [1, 2, 3, 4],
    hour: 9,
    timeZone: 'Europe/Paris',
    maxReminders: 5,
    escalateAfterDays: 14,
    managerEmail: address(0),
    managerName: 'Maximiliane Brandstetter',
  })
  await page.goto('/')
  await take('reminders', tab)
  await sheet.waitFor()
  await shoot('reminders')
  const failed = reminders().find(({ status }) => status === 'failed')!
  await fake(page, '/documents/*/reminders/3', {
    ...failed,
    message: {
      ...email(2, 'failed'),
      attempts,
      text: 'Hello Sam,\n\nyou are asked to read this document.',
      html: letter,
    },
  })
  await take('reminder-failed', `/documents/${docId}/reminders/3`)
  await fake(page, '/documents/*/reminders/4', { ...failed, id: 4, emailId: undefined })
  await take('reminder-not-kept', `/documents/${docId}/reminders/4`)
  await page.goto(tab)
  await sheet.waitFor()
  await page.locator('main section').first().locator('button').click()
  await page.getByRole('dialog').waitFor()
  await shoot('reminders-ask')
  await fake(
    page,
    '/documents/*/reminders',
    {
      queued: 9,
      skipped: [
        { email: address(1), reason: 'signed' },
        { email: address(2), reason: 'waiting' },
        { email: address(3), reason: 'muted' },
      ],
    },
    'POST',
  )
  await page.getByRole('dialog').locator('button[type=submit]').click()
  await page.getByRole('dialog').locator('ul').waitFor()
  await shoot('reminders-asked')
  await page.unrouteAll({ behavior: 'wait' })
}

export async function takeEmails(page: Page, take: Take): Promise<void> {
  await take('emails-no-mail', '/admin/emails')
  await pretend(page, { email: true })
  await fake(page, '/admin/emails', {
    items: emails(),
    counts: { pending: 1, processing: 1, failed: 1284 },
    nextCursor: 'more',
  })
  await fake(page, '/admin/emails/32', {
    ...email(2, 'failed'),
    attempts,
    text: 'Hello Sam,\n\nyou are asked to read this document.',
    html: letter,
  })
  await page.goto('/')
  await take('emails', '/admin/emails')
  await take('email-failed', '/admin/emails/32')
  await page.unrouteAll({ behavior: 'wait' })
}

export async function takeGroups(page: Page, take: Take, shoot: Shoot): Promise<void> {
  await take('groups-empty', '/admin/groups')
  const group = { id: '5b1c2a5e-0000-4000-8000-000000000001', name: 'Sales Paris', members: 5, createdAt: at }
  const other = {
    ...group,
    id: '5b1c2a5e-0000-4000-8000-000000000002',
    name: 'Warehouse and logistics, night shift',
  }
  await fake(page, '/groups', { items: [group, other] })
  await fake(page, '/groups/*/members', {
    items: people.map((_, index) => ({
      email: address(index),
      name: index === 4 ? '' : address(index).split('@')[0]!.replace('.', ' '),
      joinedAt: at,
    })),
  })
  await take('groups', '/admin/groups')
  await take('group', `/admin/groups/${group.id}`)
  await page.locator('header button').last().waitFor()
  await page.locator('main header button').last().click()
  await page.getByRole('dialog').waitFor()
  await shoot('group-add')
  await page.unrouteAll({ behavior: 'wait' })
  await page.goto('/')
}
