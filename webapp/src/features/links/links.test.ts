import userEvent from '@testing-library/user-event'
import { screen, waitFor } from '@testing-library/vue'
import type { Component } from 'vue'
import { describe, expect, it } from 'vitest'
import LinkPage from '@/pages/LinkPage.vue'
import RegisterPage from '@/pages/RegisterPage.vue'
import ResetPage from '@/pages/ResetPage.vue'
import type { LinkPreview, PublicConfig, User } from '@/services/types'
import { useSession } from '@/stores/session'
import { mount, violations } from '@/test/mount'
import { aConfig, aUser, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'

const other: User = { ...aUser, id: '7f0d6a6e-0000-4000-8000-000000000002', email: 'noor@acme.example' }
const link = (purpose: LinkPreview['purpose']): LinkPreview => ({
  purpose,
  email: aUser.email,
  expiresAt: '2026-11-21T10:00:00.000000Z',
})
const entered = () => json({ user: aUser, redirectTo: '/d/policy-2026' })

async function open(
  page: Component,
  path: string,
  more: Record<string, Handler>,
  { user, config = {} }: { user?: User; config?: Partial<PublicConfig> } = {},
) {
  const sent = serve({
    'GET /config': () => json({ ...aConfig, email: true, registration: true, ...config }),
    ...more,
  })
  const view = await mount(page, { path, ...(user && { user }) })
  return { sent: () => sent.filter(({ method }) => method === 'POST'), ...view }
}
const found = (purpose: LinkPreview['purpose']) => ({ 'POST /auth/links/lookup': () => json(link(purpose)) })
const click = (name: string) => userEvent.click(screen.getByRole('button', { name }))

describe('the link of a mail', () => {
  it('shows whom it logs in, and does so with a button; its secret leaves the address', async () => {
    const { sent, router, container } = await open(LinkPage, '/link?x=1#token=secret-1', {
      ...found('login'),
      'POST /auth/magic-link/consume': entered,
    })
    expect(await screen.findByText(`You log in as ${aUser.email}.`)).toBeTruthy()
    await waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/link?x=1'))
    expect(sent().map(({ path }) => path)).toEqual(['/auth/links/lookup'])
    expect(await violations(container)).toEqual([])
    await click('Log in')
    await waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/d/policy-2026'))
    expect(sent().at(-1)).toMatchObject({ body: { token: 'secret-1' }, expectedUser: null })
    expect(useSession().user?.id).toBe(aUser.id)
  })

  it('confirms an address with the password that was chosen', async () => {
    const answers = [problem(401, 'auth.invalid_credentials'), entered()]
    const { sent, router, container } = await open(LinkPage, '/link#token=secret-2', {
      ...found('verification'),
      'POST /auth/confirm': () => answers.shift()!,
    })
    const password = await screen.findByLabelText('Password')
    expect(await violations(container)).toEqual([])
    await click('Confirm and log in')
    expect(screen.getByText('Please fill this in.')).toBeTruthy()
    await userEvent.type(password, 'short')
    await click('Confirm and log in')
    expect((await screen.findByRole('alert')).textContent).toContain('do not match')
    await click('Confirm and log in')
    await waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/d/policy-2026'))
    expect(sent().at(-1)?.body).toEqual({ token: 'secret-2', password: 'short' })
  })

  it.each([
    ['/reset', ResetPage],
    ['/link', LinkPage],
  ])('sets a new password, wherever it was opened: %s', async (path, page) => {
    const { sent, router } = await open(page, `${path}#token=secret-3`, {
      ...found('reset'),
      'POST /auth/reset': entered,
    })
    const password = await screen.findByLabelText('New password')
    await waitFor(() => expect(screen.getByText(/At least 12 characters/)).toBeTruthy())
    await userEvent.type(password, 'too short')
    await click('Save and log in')
    expect(screen.getByText('This password is too short.')).toBeTruthy()
    expect(sent()).toHaveLength(1)
    await userEvent.type(password, ' a quiet green meadow')
    await click('Save and log in')
    await waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/d/policy-2026'))
    expect(sent().at(-1)?.body).toEqual({ token: 'secret-3', password: 'too short a quiet green meadow' })
  })

  it('says when it is used or expired, before and after the button, and how to get another', async () => {
    const lookup = { 'POST /auth/links/lookup': () => problem(410, 'auth.link_invalid') }
    const view = await open(LinkPage, '/link#token=gone', lookup)
    expect((await screen.findByRole('alert')).textContent).toContain('expired or already used')
    expect(screen.getByText('Ask for a new link').getAttribute('href')).toBe('/login')
    view.unmount()
    await open(ResetPage, '/reset#token=gone', lookup)
    await userEvent.click(await screen.findByRole('button', { name: 'Ask for a new link' }))
    expect(await screen.findByLabelText('Email')).toBeTruthy()
  })

  it('is used up meanwhile', async () => {
    await open(LinkPage, '/link#token=late', {
      ...found('login'),
      'POST /auth/magic-link/consume': () => problem(410, 'auth.link_invalid'),
    })
    await userEvent.click(await screen.findByRole('button', { name: 'Log in' }))
    expect((await screen.findByRole('alert')).textContent).toContain('Ask for a new one')
  })

  it('replaces nobody’s session unasked', async () => {
    const { router, container } = await open(
      LinkPage,
      '/link#token=secret-4',
      { ...found('login'), 'POST /auth/magic-link/consume': entered },
      { user: other },
    )
    expect(await screen.findByText(/As noor@acme.example. This link is for sam.okafor/)).toBeTruthy()
    expect(await violations(container)).toEqual([])
    await click('Use this link')
    await click('Log in')
    await waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/d/policy-2026'))
    expect(useSession().user?.email).toBe(aUser.email)
  })

  it('says so when it is not whole', async () => {
    await open(LinkPage, '/link', {})
    expect(screen.getByText('This link is not complete')).toBeTruthy()
  })
})

describe('the link of a mail, after a reload', () => {
  const gone = () => problem(410, 'auth.link_invalid')
  async function reload(view: { unmount: () => void }, page: Component, path: string) {
    view.unmount()
    return open(page, path, { ...found('login'), 'POST /auth/magic-link/consume': entered })
  }
  const kept = () => sessionStorage.getItem('ackify.links')

  it.each([
    ['/reset', ResetPage],
    ['/link', LinkPage],
  ])('is still there in its tab, until it is used: %s', async (path, page) => {
    const before = await open(page, `${path}#token=secret-5`, found('login'))
    await screen.findByText(`You log in as ${aUser.email}.`)
    await waitFor(() => expect(before.router.currentRoute.value.fullPath).toBe(path))
    expect(localStorage).toHaveLength(0)
    const { sent, router } = await reload(before, page, path)
    await userEvent.click(await screen.findByRole('button', { name: 'Log in' }))
    await waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/d/policy-2026'))
    expect(sent().map(({ body }) => body)).toEqual([{ token: 'secret-5' }, { token: 'secret-5' }])
    expect(kept()).toBeNull()
  })

  it('is of its page alone, and gives way to a new one', async () => {
    const first = await open(LinkPage, '/link#token=old', found('login'))
    const second = await reload(first, ResetPage, '/reset')
    expect(await screen.findByLabelText('Email')).toBeTruthy()
    const third = await reload(second, LinkPage, '/link#token=new')
    await screen.findByText(`You log in as ${aUser.email}.`)
    expect(third.sent().map(({ body }) => body)).toEqual([{ token: 'new' }])
    expect(kept()).toBe('{"/link":"new"}')
  })

  it('is forgotten when it works no more, before or after the button', async () => {
    const before = await open(LinkPage, '/link#token=gone', { 'POST /auth/links/lookup': gone })
    await screen.findByRole('alert')
    await waitFor(() => expect(kept()).toBeNull())
    before.unmount()
    await open(LinkPage, '/link#token=late', { ...found('login'), 'POST /auth/magic-link/consume': gone })
    await userEvent.click(await screen.findByRole('button', { name: 'Log in' }))
    await screen.findByRole('alert')
    expect(kept()).toBeNull()
  })

  it('stays while the server cannot say, until a new one is asked for', async () => {
    const silent = { 'POST /auth/links/lookup': () => problem(503, 'database.unavailable') }
    const before = await open(ResetPage, '/reset#token=secret-6', silent)
    await screen.findByRole('alert')
    expect(kept()).toContain('secret-6')
    await click('Ask for a new link')
    expect(kept()).toBeNull()
    before.unmount()
    await open(LinkPage, '/link#token=secret-7', silent)
    await userEvent.click(await screen.findByText('Ask for a new link'))
    expect(kept()).toBeNull()
  })

  it('is nobody’s any more after a log-out, and is nothing when the storage holds something else', async () => {
    const before = await open(LinkPage, '/link#token=secret-8', {
      ...found('login'),
      'POST /auth/logout': () => json({}),
    })
    await useSession().logOut()
    expect(kept()).toBeNull()
    sessionStorage.setItem('ackify.links', '{"/link":7}')
    await reload(before, LinkPage, '/link')
    expect(screen.getByText('This link is not complete')).toBeTruthy()
  })
})

describe('a forgotten password', () => {
  const until = { expiresAt: '2026-11-21T10:00:00.000000Z' }

  it('needs the address, and says that a mail may be on its way', async () => {
    const answers = [json(until, 202), problem(429, 'auth.too_many_links')]
    const { sent, container } = await open(ResetPage, '/reset?next=/d/policy-2026', {
      'POST /auth/forgot': () => answers.shift()!,
    })
    await userEvent.type(await screen.findByLabelText('Email'), 'sam@acme.example')
    await click('Email me a link')
    expect(await screen.findByText(/If sam@acme.example has an account/)).toBeTruthy()
    expect(sent()[0]?.body).toEqual({
      email: 'sam@acme.example',
      redirectTo: '/d/policy-2026',
      locale: 'en',
    })
    expect(await violations(container)).toEqual([])
    await click('Send it again')
    expect((await screen.findByRole('alert')).textContent).toContain('try again in an hour')
  })

  it('is the administrator’s affair where no mail is sent', async () => {
    await open(ResetPage, '/reset', {}, { config: { email: false } })
    expect(await screen.findByText(/This server sends no mail/)).toBeTruthy()
    expect(screen.queryByLabelText('Email')).toBeNull()
  })
})

describe('making an account for oneself', () => {
  const fill = async () => {
    await userEvent.type(await screen.findByLabelText('Email'), 'sam@acme.example')
    await userEvent.type(screen.getByLabelText('Name'), 'Sam Okafor')
    await userEvent.type(screen.getByLabelText('Password'), 'a quiet green meadow')
    await click('Create my account')
  }

  it('ends in the mailbox', async () => {
    const { sent, container } = await open(RegisterPage, '/register?next=/d/policy-2026', {
      'POST /auth/register': () => json({ expiresAt: '2026-11-22T10:00:00.000000Z' }, 202),
    })
    await screen.findByLabelText('Email')
    expect(await violations(container)).toEqual([])
    await fill()
    expect(await screen.findByText(/A mail is on its way to sam@acme.example/)).toBeTruthy()
    expect(sent()[0]?.body).toEqual({
      email: 'sam@acme.example',
      name: 'Sam Okafor',
      password: 'a quiet green meadow',
      redirectTo: '/d/policy-2026',
      locale: 'en',
    })
    expect(await violations(container)).toEqual([])
  })

  it('says when this address may not', async () => {
    await open(RegisterPage, '/register', {
      'POST /auth/register': () => problem(403, 'auth.registration_closed'),
    })
    await fill()
    expect((await screen.findByRole('alert')).textContent).toContain('Ask your administrator')
  })

  it('says when nobody may, and when somebody is logged in', async () => {
    const view = await open(RegisterPage, '/register', {}, { config: { registration: false } })
    expect(await screen.findByText(/Ask your administrator for an invitation/)).toBeTruthy()
    expect(screen.queryByLabelText('Email')).toBeNull()
    view.unmount()
    await open(RegisterPage, '/register', {}, { user: other })
    expect(await screen.findByText('You are already logged in')).toBeTruthy()
  })
})
