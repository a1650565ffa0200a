import { readdirSync } from 'node:fs'
import userEvent from '@testing-library/user-event'
import { fireEvent, screen, waitFor, within } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { useToasts } from '@/composables/toasts'
import { emailProblems, knownTemplates, problemOfEmail } from '@/features/emails/words'
import { applyLocale, fetchAreas } from '@/i18n'
import { aQueued, someDetails } from '@/test/mail'
import { mount, violations } from '@/test/mount'
import { aConfig, aUser, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'
import EmailPage from './EmailPage.vue'
import EmailsPage from './EmailsPage.vue'

const counts = { pending: 1, processing: 0, failed: 2 }
const waiting = {
  ...aQueued,
  id: 32,
  status: 'pending',
  retries: 2,
  to: 'sam@acme.example',
  scheduledFor: new Date(Date.now() + 3_600_000).toISOString(),
}
const due = { ...waiting, id: 33, scheduledFor: aQueued.scheduledFor }
const words = (element: HTMLElement | null) => element?.textContent?.replace(/\s+/g, ' ').trim()

describe('the email queue', () => {
  async function open(
    handler?: Handler,
    options: { path?: string; email?: boolean; role?: 'admin'; handlers?: Record<string, Handler> } = {},
  ) {
    const sent = serve({
      'GET /config': () => json({ ...aConfig, email: options.email ?? true }),
      'GET /admin/emails': handler ?? (() => json({ items: [aQueued, waiting, due], counts })),
      ...options.handlers,
    })
    const view = await mount(EmailsPage, {
      path: options.path ?? '/admin/emails',
      user: { ...aUser, role: options.role ?? 'auditor' },
    })
    const asked = () =>
      sent.filter((one) => one.path === '/admin/emails').map(({ query }) => Object.fromEntries(query))
    return { ...view, sent, asked }
  }

  it('says what became of each email, and how many there are of each state', async () => {
    const { container } = await open()
    const table = await screen.findByRole('table', { name: 'Emails' })
    const texts = within(table).getAllByRole('row').slice(1).map(words)
    expect(texts[0]).toMatch(
      /to noor\.haddad@acme\.example · Reminder ?Failed ?8 of at most 8 attempts failed · .*550 5\.1\.1/,
    )
    expect(texts[1]).toMatch(
      /to sam@acme\.example · Reminder ?Waiting ?2 of at most 8 attempts failed · not before/,
    )
    // Its turn has come.
    expect(texts[2]).toMatch(/2 of at most 8 attempts failed/)
    expect(texts[2]).not.toMatch(/not before/)
    const tabs = within(screen.getByRole('navigation', { name: 'Emails by state' }))
    expect(tabs.getAllByRole('link').map(words)).toEqual([
      'All',
      'Waiting1',
      'Being sent0',
      'Failed2',
      'Sent',
      'Cancelled',
    ])
    expect(screen.getAllByRole('link', { name: aQueued.subject })[0]?.getAttribute('href')).toBe(
      '/admin/emails/31',
    )
    expect(await violations(container)).toEqual([])
  })

  it('sends all that have failed again, page by page, after one question', async () => {
    const retry: Handler = ({ body }) =>
      json(
        (body as { before?: number }).before ? { retried: 1, left: 1 } : { retried: 500, left: 0, next: 7 },
      )
    const { sent } = await open(undefined, {
      role: 'admin',
      handlers: { 'POST /admin/emails/retry': retry },
    })
    await userEvent.click(await screen.findByRole('button', { name: 'Send all failed again' }))
    const question = await screen.findByRole('alertdialog', { name: 'Send 2 failed emails again?' })
    await userEvent.click(within(question).getByRole('button', { name: 'Send it again' }))
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull())
    expect(sent.filter(({ method }) => method === 'POST').map(({ body }) => body)).toEqual([
      {},
      { before: 7 },
    ])
    expect(useToasts().toasts.value.at(-1)?.text).toBe('501 are sent again. 1 cannot be sent again.')
  })

  it('is narrowed down in the address, and goes on page by page', async () => {
    const { asked, router } = await open(
      ({ query }) =>
        json({ items: [{ ...aQueued, id: query.get('cursor') ? 1 : 2 }], counts, nextCursor: 'c-1' }),
      { path: '/admin/emails?status=failed' },
    )
    await fireEvent.update(await screen.findByLabelText('Search address or subject'), 'noor')
    await waitFor(() => expect(router.currentRoute.value.query).toEqual({ status: 'failed', q: 'noor' }))
    await waitFor(() => expect(asked().at(-1)).toEqual({ status: 'failed', q: 'noor' }))
    await userEvent.click(await screen.findByRole('button', { name: 'Show more' }))
    await waitFor(() => expect(asked().at(-1)).toEqual({ status: 'failed', q: 'noor', cursor: 'c-1' }))
    await userEvent.click(screen.getByRole('link', { name: 'Sent' }))
    await waitFor(() => expect(router.currentRoute.value.query).toEqual({ status: 'sent', q: 'noor' }))
  })

  it('says when there are none, when nothing matches, and when no mail is sent', async () => {
    const none = () => json({ items: [], counts: { pending: 0, processing: 0, failed: 0 } })
    const empty = await open(none, { email: false })
    expect(await screen.findByText('No emails')).toBeTruthy()
    expect(screen.getByText(/no mail server is configured/)).toBeTruthy()
    empty.unmount()
    await open(none, { path: '/admin/emails?q=zzz' })
    expect(await screen.findByText('Nothing found')).toBeTruthy()
  })

  it('has words for every template of the server', () => {
    const files = readdirSync('../backend/templates/mail').filter((name) => name.endsWith('.txt'))
    const templates = files.map((name) => name.replace('.txt', '')).filter((name) => name !== 'layout')
    expect(templates.length).toBeGreaterThan(5)
    for (const template of templates) expect(knownTemplates).toContain(template)
  })
})

describe('one email', () => {
  async function open(handlers: Record<string, Handler> = {}, options: { role?: 'admin' | 'auditor' } = {}) {
    const sent = serve({
      'GET /config': () => json({ ...aConfig, email: true }),
      'GET /admin/emails/31': () => json(someDetails),
      ...handlers,
    })
    const view = await mount(EmailPage, {
      props: { emailId: '31' },
      path: '/admin/emails/31',
      user: { ...aUser, role: options.role ?? 'admin' },
    })
    return { ...view, posted: () => sent.filter(({ method }) => method === 'POST').map(({ path }) => path) }
  }

  it('shows its words, and why it failed in ours and in the mail server’s', async () => {
    const { container } = await open({}, { role: 'auditor' })
    await screen.findByRole('heading', { level: 1, name: someDetails.subject })
    const rows = within(screen.getByRole('table', { name: 'Attempts that failed' }))
      .getAllByRole('row')
      .slice(1)
      .map(words)
    expect(rows[0]).toMatch(
      /^There is no such address\.for good ?The mail server said: ?550 5\.1\.1 no such user/,
    )
    expect(rows[1]).toMatch(/^The mail server could not be reached.*may pass ?Technical details: ?dial tcp/)
    expect(document.querySelector('iframe')?.getAttribute('sandbox')).toBe('allow-same-origin')
    expect(screen.getByRole('link', { name: 'policy-2026' }).getAttribute('href')).toBe(
      '/documents/policy-2026?tab=reminders',
    )
    expect(screen.queryByRole('button', { name: /Send it|Do not send/ })).toBeNull()
    expect(await violations(container)).toEqual([])
  })

  it('is sent again', async () => {
    const { posted } = await open({
      'POST /admin/emails/31/retry': () => json({ ...someDetails, status: 'pending', retries: 0 }),
    })
    await userEvent.click(await screen.findByRole('button', { name: 'Send it again' }))
    expect(await screen.findByRole('button', { name: 'Send it now' })).toBeTruthy()
    expect(posted()).toEqual(['/admin/emails/31/retry'])
  })

  it('is called off after one question', async () => {
    const pending = { ...someDetails, status: 'pending' }
    const { posted } = await open({
      'GET /admin/emails/31': () => json(pending),
      'POST /admin/emails/31/cancel': () => json({ ...pending, status: 'cancelled' }),
    })
    await userEvent.click(await screen.findByRole('button', { name: 'Do not send' }))
    const question = await screen.findByRole('alertdialog', { name: `Not send the email to ${aQueued.to}?` })
    expect(posted()).toEqual([])
    await userEvent.click(within(question).getByRole('button', { name: 'Do not send' }))
    expect(await screen.findByText('Cancelled')).toBeTruthy()
    expect(screen.queryByRole('button', { name: /Send it|Do not send/ })).toBeNull()
  })

  it('says when somebody was faster', async () => {
    await open({ 'POST /admin/emails/31/retry': () => problem(409, 'email.not_retryable') })
    await userEvent.click(await screen.findByRole('button', { name: 'Send it again' }))
    expect((await screen.findByRole('alert')).textContent).toContain('has lost its purpose')
  })

  it('may be gone', async () => {
    await open({ 'GET /admin/emails/31': () => problem(404, 'email.not_found') })
    expect((await screen.findByRole('alert')).textContent).toContain('no longer kept')
    expect(screen.getByRole('link', { name: 'All emails' }).getAttribute('href')).toBe('/admin/emails')
  })

  it('says why in the reader’s language, and quotes only what the mail server said', async () => {
    for (const code of emailProblems) expect(problemOfEmail(code)).not.toMatch(/^emails\./)
    const silent = {
      ...someDetails,
      status: 'cancelled',
      lastError: 'Not sent: the person has signed.',
      errorCode: 'signed',
      serverSaid: undefined,
      attempts: [],
    }
    await applyLocale('de')
    await fetchAreas(['mail'])
    await open({ 'GET /admin/emails/31': () => json(silent) })
    expect(await screen.findByText(/hat bestätigt/)).toBeTruthy()
    expect(screen.queryByText(/Der Mailserver sagte/)).toBeNull()
    await applyLocale('en')
  })
})
