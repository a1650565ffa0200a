import userEvent from '@testing-library/user-event'
import { fireEvent, screen, waitFor, within } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { aManaged, anAuthor } from '@/test/documents'
import { aMail, aReminder, aSchedule, aStatus } from '@/test/mail'
import { mount, violations } from '@/test/mount'
import { aConfig, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'
import RemindersTab from './RemindersTab.vue'

const at = '/documents/policy-2026'
async function open(
  handlers: Record<string, Handler> = {},
  options: { email?: boolean; editable?: boolean; path?: string } = {},
) {
  const sent = serve({
    'GET /config': () => json({ ...aConfig, email: options.email ?? true }),
    [`GET ${at}/status`]: () => json(aStatus),
    [`GET ${at}/reminders/count`]: () => json({ recipients: 3, muted: 0, waiting: 0, failed: 0 }),
    [`GET ${at}/reminders`]: () => json({ items: [aReminder] }),
    [`GET ${at}/reminders/schedule`]: () => json(aSchedule),
    [`PUT ${at}/reminders/schedule`]: ({ body }) => json({ ...(body as object), timeZone: 'Europe/Paris' }),
    // Without a language, that of whoever gets it.
    [`GET ${at}/reminders/preview`]: ({ query }) => {
      const locale = query.get('locale') ?? 'es'
      return json({ ...aMail, locale, subject: `${query.get('kind')} in ${locale}` })
    },
    ...handlers,
  })
  const view = await mount(RemindersTab, {
    props: { document: aManaged, editable: options.editable ?? true },
    path: options.path ?? `${at}?tab=reminders`,
    user: anAuthor,
  })
  const asked = (method: string, path: string) =>
    sent.filter((one) => one.method === method && one.path === at + path)
  return { ...view, asked }
}
const button = (name: string | RegExp) => screen.findByRole('button', { name })
const words = (element: HTMLElement | null) => element?.textContent?.replace(/\s+/g, ' ').trim()

describe('reminding', () => {
  it('says how many are missing, asks once, and says what became of it', async () => {
    const { asked, container } = await open({
      [`POST ${at}/reminders`]: () =>
        json(
          {
            queued: 2,
            skipped: [
              { email: 'sam@acme.example', reason: 'signed' },
              { email: 'ida@acme.example', reason: 'waiting' },
              { email: 'bo@acme.example', reason: 'waiting' },
            ],
          },
          202,
        ),
    })
    expect(await screen.findByText(/3 people are missing/)).toBeTruthy()
    expect(screen.getByText('1 of them is overdue.')).toBeTruthy()
    await screen.findByText('noor.haddad@acme.example', { selector: 'td *' })
    expect(await violations(container)).toEqual([])
    await userEvent.click(await button('Remind 3 people'))
    const dialog = await screen.findByRole('dialog', { name: 'Remind 3 people?' })
    expect(await violations(dialog)).toEqual([])
    await userEvent.selectOptions(
      within(dialog).getByLabelText('Language for those who have no account yet'),
      'Deutsch',
    )
    expect(asked('POST', '/reminders')).toEqual([])
    await userEvent.click(within(dialog).getByRole('button', { name: 'Send 3 reminders' }))
    const done = await screen.findByRole('dialog', { name: 'What became of it' })
    expect(asked('POST', '/reminders')[0]?.body).toEqual({ locale: 'de' })
    expect(within(done).getByText('2 reminders are on their way.')).toBeTruthy()
    expect(words(within(done).getByText(/acknowledged already/))).toContain(
      '1 person has acknowledged already:',
    )
    expect(words(within(done).getByText(/on its way already/))).toBe(
      '2 people have a reminder on its way already: ida@acme.example, bo@acme.example',
    )
    await userEvent.click(within(done).getByRole('button', { name: 'Done' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    await waitFor(() => expect(asked('GET', '/status').length).toBeGreaterThan(1))
  })

  it('says why when nobody is left', async () => {
    await open({ [`POST ${at}/reminders`]: () => problem(422, 'reminder.nobody') })
    await userEvent.click(await button('Remind 3 people'))
    await userEvent.click(await button('Send 3 reminders'))
    expect((await screen.findByRole('alert')).textContent).toContain('There is nobody to remind')
  })

  it('is not offered where nobody is missing, nor to whoever only reads', async () => {
    const none = await open({ [`GET ${at}/status`]: () => json({ ...aStatus, signed: 10, missing: 0 }) })
    expect(await screen.findByText('Everybody who was asked has acknowledged.')).toBeTruthy()
    expect(screen.queryByRole('button', { name: /^Remind/ })).toBeNull()
    none.unmount()
    await open({}, { editable: false })
    await screen.findByText(/3 people are missing/)
    expect(screen.queryByRole('button', { name: /^Remind|^Save/ })).toBeNull()
    expect(await screen.findByText(/Whoever is missing is reminded/)).toBeTruthy()
  })

  it('is not offered without a mail server, which is said, but what would be sent is shown', async () => {
    const { container } = await open({}, { email: false })
    expect(await screen.findByText(/This server sends no mail/)).toBeTruthy()
    await screen.findByText(/3 people are missing/)
    expect(screen.queryByRole('button', { name: /^Remind/ })).toBeNull()
    expect(await screen.findByText('reminder in es')).toBeTruthy()
    expect(await violations(container)).toEqual([])
  })
})

describe('the preview', () => {
  it('shows every email in every language, also as text', async () => {
    const { asked } = await open()
    await screen.findByText('reminder in es')
    expect((screen.getByLabelText('Language') as HTMLSelectElement).value).toBe('es')
    await userEvent.selectOptions(screen.getByLabelText('Email'), 'Notice to the manager')
    await userEvent.selectOptions(screen.getByLabelText('Language'), 'Français')
    expect(await screen.findByText('escalation in fr')).toBeTruthy()
    expect(screen.getByTitle('escalation in fr').getAttribute('sandbox')).toBe('allow-same-origin')
    await userEvent.click(screen.getByLabelText('Text only'))
    expect(screen.getByText(/please read\./)).toBeTruthy()
    expect(Object.fromEntries(asked('GET', '/reminders/preview').at(-1)!.query)).toEqual({
      kind: 'escalation',
      locale: 'fr',
    })
  })
})

describe('what was sent', () => {
  it('says what really happened, in the mail server’s words where it refused', async () => {
    await open({
      [`GET ${at}/reminders`]: () =>
        json({
          items: [
            aReminder,
            {
              ...aReminder,
              id: 3,
              status: 'failed',
              error: 'There is no such address. The mail server said: 550 no such user',
              errorCode: 'address',
              serverSaid: '550 no such user',
              emailId: 31,
            },
            { ...aReminder, id: 2, status: 'bounced', kind: 'overdue', automatic: true, by: '' },
            { ...aReminder, id: 1, status: 'cancelled', by: '' },
          ],
        }),
    })
    const table = await screen.findByRole('table', { name: 'What was sent' })
    const rows = within(table).getAllByRole('row').slice(1)
    const texts = rows.map((row) => within(row).getAllByRole('cell').map(words).join(' | '))
    expect(texts[0]).toMatch(/^noor\.haddad@acme\.example ?Reminder \| Sent \| Ada Lindqvist \| /)
    expect(texts[1]).toMatch(/FailedThere is no such address\. ?The mail server said: ?550 no such user/)
    expect(texts[2]).toMatch(/Overdue reminder \| Came back \| Schedule/)
    expect(texts[3]).toMatch(/Cancelled \| Erased person/)
    // Of the others the queue keeps nothing.
    const links = screen.getAllByRole('link', { name: /Show the email/ })
    expect(links.map((link) => link.getAttribute('href'))).toEqual(['/documents/policy-2026/reminders/3'])
  })

  it('is narrowed down in the address, and goes on page by page', async () => {
    const { asked, router } = await open(
      {
        [`GET ${at}/reminders`]: ({ query }) =>
          json(query.get('cursor') ? { items: [] } : { items: [aReminder], nextCursor: 'c-1' }),
      },
      { path: `${at}?tab=reminders&q=noor&status=sent` },
    )
    await userEvent.click(await button('Show more'))
    await waitFor(() =>
      expect(Object.fromEntries(asked('GET', '/reminders').at(-1)!.query)).toEqual({
        q: 'noor',
        status: 'sent',
        cursor: 'c-1',
      }),
    )
    await userEvent.selectOptions(screen.getByLabelText('What became of it'), 'Failed')
    await waitFor(() => expect(router.currentRoute.value.query.status).toBe('failed'))
  })

  it('says when nothing was', async () => {
    await open({ [`GET ${at}/reminders`]: () => json({ items: [] }) })
    expect(await screen.findByText('Nobody has been reminded yet')).toBeTruthy()
  })
})

describe('the schedule', () => {
  it('says what will happen while it is typed, and is saved', async () => {
    const { asked } = await open()
    await fireEvent.update(await screen.findByLabelText('Days before the deadline'), '14, 2')
    expect(await screen.findByText(/reminded 14 and 2 days before the deadline/)).toBeTruthy()
    await userEvent.click(screen.getByLabelText('Friday'))
    await userEvent.click(screen.getByLabelText(/^Tell a manager/))
    await userEvent.type(screen.getByLabelText('Email of the manager'), 'boss@acme.example')
    expect(await screen.findByText(/7 days after the deadline, boss@acme\.example is told once/)).toBeTruthy()
    await userEvent.click(await button('Save'))
    await waitFor(() => expect(asked('PUT', '/reminders/schedule')).toHaveLength(1))
    expect(asked('PUT', '/reminders/schedule')[0]?.body).toEqual({
      enabled: true,
      daysBefore: [14, 2],
      daysAfter: [3],
      weekdays: [1, 2, 3, 4],
      hour: 9,
      maxReminders: 5,
      escalateAfterDays: 7,
      managerEmail: 'boss@acme.example',
    })
  })

  it('shows what is wrong at its field, before and after the server has looked', async () => {
    const { asked } = await open({
      [`PUT ${at}/reminders/schedule`]: () =>
        problem(422, 'request.invalid', {
          errors: [{ field: 'managerEmail', code: 'email.invalid', detail: '' }],
        }),
    })
    const days = await screen.findByLabelText('Days after the deadline')
    await fireEvent.update(days, 'soon')
    expect(screen.getByText('Something above is not right yet.')).toBeTruthy()
    await userEvent.click(await button('Save'))
    await waitFor(() => expect(document.activeElement).toBe(days))
    expect(screen.getByText('Not a number of days from 1 to 365: soon')).toBeTruthy()
    expect(asked('PUT', '/reminders/schedule')).toEqual([])
    await fireEvent.update(days, '3')
    await userEvent.click(screen.getByLabelText(/^Tell a manager/))
    const email = screen.getByLabelText('Email of the manager')
    await userEvent.type(email, 'nonsense')
    await userEvent.click(await button('Save'))
    await waitFor(() => expect(email.getAttribute('aria-invalid')).toBe('true'))
    expect(screen.getByText(/Enter an email address/)).toBeTruthy()
  })

  it('says that nobody is reminded when it is off', async () => {
    await open({ [`GET ${at}/reminders/schedule`]: () => json({ ...aSchedule, enabled: false }) })
    expect(await screen.findByText('Ackify reminds nobody by itself.')).toBeTruthy()
  })
})
