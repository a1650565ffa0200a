import userEvent from '@testing-library/user-event'
import { screen, waitFor, within } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { aManaged, anAuthor } from '@/test/documents'
import { aReminder, someDetails } from '@/test/mail'
import { mount, violations } from '@/test/mount'
import { aConfig, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'
import ReminderPage from './ReminderPage.vue'

const at = '/documents/policy-2026'
const failed = {
  ...aReminder,
  status: 'failed',
  error: '550 no such user',
  emailId: 31,
  message: someDetails,
}

describe('an email about a document', () => {
  async function open(handlers: Record<string, Handler> = {}, options: { editable?: boolean } = {}) {
    const sent = serve({
      'GET /config': () => json({ ...aConfig, email: true }),
      [`GET ${at}`]: () => json({ ...aManaged, canEdit: options.editable ?? true }),
      [`GET ${at}/reminders/4`]: () => json(failed),
      ...handlers,
    })
    const view = await mount(ReminderPage, {
      props: { docId: 'policy-2026', reminderId: '4' },
      path: `${at}/reminders/4`,
      user: anAuthor,
    })
    return { ...view, posted: () => sent.filter(({ method }) => method === 'POST').map(({ path }) => path) }
  }

  it('shows its words and attempts to its author, who sends it again', async () => {
    const { container, posted } = await open({
      [`POST ${at}/reminders/4/retry`]: () =>
        json({ ...failed, status: 'queued', message: { ...someDetails, status: 'pending', retries: 0 } }),
    })
    await screen.findByRole('heading', { level: 1, name: someDetails.subject })
    expect(
      within(screen.getByRole('table', { name: 'Attempts that failed' })).getAllByRole('row'),
    ).toHaveLength(3)
    expect(document.querySelector('iframe')?.getAttribute('sandbox')).toBe('allow-same-origin')
    expect((await screen.findByRole('link', { name: aManaged.title })).getAttribute('href')).toBe(
      `${at}?tab=reminders`,
    )
    expect(await violations(container)).toEqual([])
    await userEvent.click(await screen.findByRole('button', { name: 'Send it again' }))
    expect(await screen.findByRole('button', { name: 'Send it now' })).toBeTruthy()
    expect(posted()).toEqual([`${at}/reminders/4/retry`])
  })

  it('is called off after one question', async () => {
    const waiting = { ...failed, status: 'queued', message: { ...someDetails, status: 'pending' } }
    const { posted } = await open({
      [`GET ${at}/reminders/4`]: () => json(waiting),
      [`POST ${at}/reminders/4/cancel`]: () =>
        json({ ...waiting, status: 'cancelled', message: { ...someDetails, status: 'cancelled' } }),
    })
    await userEvent.click(await screen.findByRole('button', { name: 'Do not send' }))
    expect(posted()).toEqual([])
    const question = await screen.findByRole('alertdialog')
    await userEvent.click(within(question).getByRole('button', { name: 'Do not send' }))
    await waitFor(() => expect(posted()).toEqual([`${at}/reminders/4/cancel`]))
    expect(await screen.findByText('Cancelled')).toBeTruthy()
  })

  it('says why it is not sent beside another one', async () => {
    await open({ [`POST ${at}/reminders/4/retry`]: () => problem(409, 'email.on_its_way') })
    await userEvent.click(await screen.findByRole('button', { name: 'Send it again' }))
    expect((await screen.findByRole('alert')).textContent).toContain('another reminder about this document')
  })

  it('can only be looked at by whoever cannot change the document', async () => {
    await open({}, { editable: false })
    await screen.findByRole('table', { name: 'Attempts that failed' })
    await screen.findByRole('link', { name: aManaged.title })
    expect(screen.queryByRole('button', { name: /Send it|Do not send/ })).toBeNull()
  })

  it('says that it came back, and by whose hand it went out', async () => {
    await open({
      [`GET ${at}/reminders/4`]: () =>
        json({
          ...failed,
          status: 'bounced',
          message: { ...someDetails, status: 'sent', sentAt: aReminder.sentAt },
        }),
    })
    expect(await screen.findByText('Came back')).toBeTruthy()
    expect(screen.getByText('Ada Lindqvist')).toBeTruthy()
  })

  it('says what became of it when its words are no longer kept', async () => {
    const { container } = await open({
      [`GET ${at}/reminders/4`]: () => json({ ...aReminder, status: 'failed', error: '550 no such user' }),
    })
    await screen.findByRole('heading', { level: 1, name: 'Reminder to noor.haddad@acme.example' })
    expect(screen.getByText('550 no such user')).toBeTruthy()
    expect(screen.getByText(/are kept for 7 days/)).toBeTruthy()
    expect(screen.queryByRole('button', { name: /Send it|Do not send/ })).toBeNull()
    expect(await violations(container)).toEqual([])
  })
})
