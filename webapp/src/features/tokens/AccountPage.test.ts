import userEvent from '@testing-library/user-event'
import { screen, waitFor, within } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import AccountPage from '@/pages/AccountPage.vue'
import type { ApiToken, PublicConfig, Session, User } from '@/services/types'
import { mount, violations } from '@/test/mount'
import { aConfig, aUser, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'
import { dayFromNow, expiresAt } from './expiry'

const token: ApiToken = {
  id: '0d3c2a5e-0000-4000-8000-000000000001',
  name: 'Nightly report',
  hint: 'x7Kp',
  scopes: ['documents:read', 'signatures:read'],
  createdAt: '2026-11-01T08:00:00.000000Z',
  expiresAt: '2099-11-01T08:00:00.000000Z',
}
const session: Session = {
  id: '5d3c2a5e-0000-4000-8000-000000000001',
  kind: 'browser',
  method: 'magic_link',
  current: true,
  createdAt: '2026-11-21T08:00:00.000000Z',
  lastSeenAt: '2026-11-21T09:30:00.000000Z',
  expiresAt: '2026-12-21T08:00:00.000000Z',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  ipAddress: '203.0.113.7',
}

async function open(
  more: Record<string, Handler> = {},
  { user = {}, config = {} }: { user?: Partial<User>; config?: Partial<PublicConfig> } = {},
) {
  const sent = serve({
    'GET /config': () => json({ ...aConfig, ...config }),
    'GET /users/me/sessions': () => json({ items: [session] }),
    'GET /users/me/tokens': () => json({ items: [token] }),
    ...more,
  })
  const view = await mount(AccountPage, { path: '/account', user: { ...aUser, ...user } })
  await screen.findByRole('button', { name: 'Create token' })
  return { sent: (method: string) => sent.filter((one) => one.method === method), ...view }
}
const click = (name: string) => userEvent.click(screen.getByRole('button', { name }))
const none = { 'GET /users/me/tokens': () => json({ items: [] }) }

describe('one’s sessions', () => {
  it('say what somebody is logged in with, and how they came in', async () => {
    const items: Session[] = [
      session,
      { ...session, id: '2', current: false, method: 'acme', provider: 'Acme SSO' },
      { ...session, id: '3', current: false, kind: 'app', method: 'password', userAgent: 'AckifyMobile/2.1' },
    ]
    const ended = `DELETE /users/me/sessions/3`
    const { sent } = await open({
      'GET /users/me/sessions': () => json({ items }),
      [ended]: () => new Response(null, { status: 204 }),
    })
    expect(await screen.findByText(/by link from a mail · 203.0.113.7/)).toBeTruthy()
    expect(screen.getByText(/with Acme SSO/)).toBeTruthy()
    expect(screen.getByText('App')).toBeTruthy()
    await click('End AckifyMobile, 203.0.113.7')
    await waitFor(() => expect(sent('DELETE')).toHaveLength(1))
  })
})

describe('the password of somebody who has none', () => {
  it('is set with a mail', async () => {
    const answers = [
      problem(429, 'auth.too_many_links'),
      json({ expiresAt: '2026-11-21T10:00:00.000000Z' }, 202),
    ]
    const { sent, container } = await open(
      { 'POST /auth/forgot': () => answers.shift()! },
      { user: { hasPassword: false }, config: { email: true } },
    )
    await click('Send me a link to set one')
    expect((await screen.findByRole('alert')).textContent).toContain('try again in an hour')
    await click('Send me a link to set one')
    expect(await screen.findByText(/A mail is on its way to sam.okafor/)).toBeTruthy()
    expect(sent('POST')[0]?.body).toEqual({ email: aUser.email, redirectTo: '/account', locale: 'en' })
    expect(await violations(container)).toEqual([])
  })

  it('is not spoken of where no mail is sent', async () => {
    await open({}, { user: { hasPassword: false } })
    expect(screen.queryByRole('heading', { name: 'Password' })).toBeNull()
  })
})

describe('personal API tokens', () => {
  it('are listed with what they may do and until when', async () => {
    const old: ApiToken = { ...token, id: '2', name: 'Old import', expiresAt: '2026-01-01T00:00:00.000000Z' }
    const { container } = await open({ 'GET /users/me/tokens': () => json({ items: [token, old] }) })
    expect(await screen.findByRole('button', { name: 'Revoke Nightly report' })).toBeTruthy()
    expect(screen.getAllByText('…x7Kp')).toHaveLength(2)
    expect(screen.getAllByText('Read documents · Read acknowledgements')).toHaveLength(2)
    expect(screen.getAllByText('Expired')).toHaveLength(1)
    expect(await violations(container)).toEqual([])
  })

  it('are made with a name and what they may do, and shown once', async () => {
    const { sent } = await open({
      ...none,
      'POST /users/me/tokens': () => json({ ...token, token: 'ackify_secret' }, 201),
    })
    expect(screen.getByText('You have no API token.')).toBeTruthy()
    await click('Create token')
    const dialog = await screen.findByRole('dialog', { name: 'New API token' })
    expect(within(dialog).queryByLabelText(/^(Administration|Create documents)/)).toBeNull()
    expect(await violations(dialog)).toEqual([])
    const create = within(dialog).getByRole('button', { name: 'Create token' })
    await userEvent.click(create)
    expect(within(dialog).getByText('Please fill this in.')).toBeTruthy()
    expect(within(dialog).getByText(/Choose at least one/)).toBeTruthy()
    expect(await violations(dialog)).toEqual([])
    await userEvent.type(within(dialog).getByLabelText('Name'), ' Nightly report ')
    await userEvent.click(within(dialog).getByLabelText(/^Read documents/))
    await userEvent.selectOptions(within(dialog).getByLabelText('Valid for'), '30')
    await userEvent.click(create)
    const shown = await screen.findByLabelText<HTMLInputElement>('API token')
    expect(shown.value).toBe('ackify_secret')
    expect(screen.getByText(/you will not see it again/)).toBeTruthy()
    const body = sent('POST')[0]?.body as { name: string; scopes: string[]; expiresAt: string }
    expect(body).toMatchObject({ name: 'Nightly report', scopes: ['documents:read'] })
    const days = (Date.parse(body.expiresAt) - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(29.9)
    expect(days).toBeLessThan(30.1)
    await click('Done')
    await waitFor(() => expect(screen.queryByText('ackify_secret')).toBeNull())
  })

  it('offer an administrator more', async () => {
    await open(none, { user: { role: 'admin', canCreateDocuments: true } })
    await click('Create token')
    expect((await screen.findAllByRole('checkbox')).map((box) => (box as HTMLInputElement).value)).toEqual([
      'documents:read',
      'documents:write',
      'signatures:read',
      'signers:write',
      'admin',
    ])
  })

  it.each([
    [422, 'token.name_invalid', 'name', 'at most 100 characters'],
    [422, 'token.scopes_invalid', 'scopes', 'only what your role includes'],
    [422, 'token.expiry_invalid', 'expiresAt', 'within a year'],
    [409, 'token.too_many', undefined, 'Revoke one first'],
  ])('explain %i %s', async (status, code, field, sentence) => {
    const errors = field ? { errors: [{ field, code, detail: '' }] } : {}
    await open({ ...none, 'POST /users/me/tokens': () => problem(status, code, errors) })
    await click('Create token')
    const dialog = await screen.findByRole('dialog')
    await userEvent.type(within(dialog).getByLabelText('Name'), 'x')
    await userEvent.click(within(dialog).getByLabelText(/^Read documents/))
    await userEvent.selectOptions(within(dialog).getByLabelText('Valid for'), 'date')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Create token' }))
    expect(await within(dialog).findByText(new RegExp(sentence))).toBeTruthy()
  })

  it('are revoked after one question, also when that was done elsewhere', async () => {
    const answers = [problem(404, 'token.not_found'), new Response(null, { status: 204 })]
    const { sent } = await open({ [`DELETE /users/me/tokens/${token.id}`]: () => answers.shift()! })
    await userEvent.click(await screen.findByRole('button', { name: 'Revoke Nightly report' }))
    const dialog = await screen.findByRole('alertdialog', { name: 'Revoke “Nightly report”?' })
    expect(await violations(dialog)).toEqual([])
    await userEvent.click(within(dialog).getByRole('button', { name: 'Revoke' }))
    expect((await within(dialog).findByRole('alert')).textContent).toContain('revoked already')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Revoke' }))
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull())
    expect(sent('DELETE')).toHaveLength(2)
  })
})

describe('when a token ends', () => {
  const now = new Date(2026, 10, 21, 9, 30)

  it('is after a number of days, or with the last moment of a day of one’s own', () => {
    expect(expiresAt('30', '', now)).toBe(new Date(2026, 11, 21, 9, 30).toISOString())
    expect(expiresAt('date', '2026-12-24', now)).toBe(new Date(2026, 11, 24, 23, 59, 59).toISOString())
    expect(expiresAt('date', '', now)).toBe('')
    expect(dayFromNow(45, now)).toBe('2027-01-05')
  })
})
