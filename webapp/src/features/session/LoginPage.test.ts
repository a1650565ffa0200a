import userEvent from '@testing-library/user-event'
import { screen, waitFor } from '@testing-library/vue'
import { afterEach, describe, expect, it, vi } from 'vitest'
import LoginPage from '@/pages/LoginPage.vue'
import { rememberWanted, wantedPlace } from '@/router/wanted'
import { keepRecipient, recipient } from './recipient'
import type { PublicConfig } from '@/services/types'
import { useSession } from '@/stores/session'
import { mount, violations } from '@/test/mount'
import { aConfig, aUser, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'

const everything: Partial<PublicConfig> = {
  loginMethods: ['password', 'magic_link'],
  providers: [
    { id: 'google', label: 'Google', kind: 'google' },
    { id: 'acme', label: 'Acme SSO', kind: 'oidc' },
  ],
  registration: true,
  email: true,
}

async function open(
  config: Partial<PublicConfig> = everything,
  more: Record<string, Handler> = {},
  path = '/login?next=/d/policy-2026',
) {
  const sent = serve({ 'GET /config': () => json({ ...aConfig, ...config }), ...more })
  const view = await mount(LoginPage, { path })
  await waitFor(() => expect(screen.queryByText('Loading…')).toBeNull())
  return { sent: () => sent.filter(({ method }) => method === 'POST'), ...view }
}
const click = (name: string) => userEvent.click(screen.getByRole('button', { name }))
const sentUntil = { expiresAt: '2026-11-21T10:00:00.000000Z' }
const byMail = { 'POST /auth/magic-link': () => json(sentUntil, 202) }

async function askForLink() {
  await userEvent.type(screen.getByLabelText('Email'), ' sam.okafor@acme.example ')
  await click('Email me a link')
  return screen.findByLabelText('Code from the mail')
}

describe('the ways of logging in', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('are one click each: providers, then the link by mail, then the password', async () => {
    const { container } = await open()
    const buttons = screen.getAllByRole('button').map((button) => button.textContent?.trim())
    expect(buttons).toEqual([
      'GContinue with Google',
      'AContinue with Acme SSO',
      'Email me a link',
      'Use a password',
    ])
    expect(screen.getByText('Create an account').getAttribute('href')).toBe('/register?next=/d/policy-2026')
    expect(await violations(container)).toEqual([])
    await userEvent.type(screen.getByLabelText('Email'), 'sam@acme.example')
    await click('Use a password')
    expect((screen.getByLabelText('Email') as HTMLInputElement).value).toBe('sam@acme.example')
    expect(screen.getByText('Forgot your password?').getAttribute('href')).toBe('/reset?next=/d/policy-2026')
    await click('Use a link by email')
    expect(screen.queryByLabelText('Password')).toBeNull()
  })

  it('ask for a password at once where there is nothing else, and say whom to ask', async () => {
    await open({})
    expect(screen.getByLabelText('Password')).toBeTruthy()
    expect(screen.getByText('Forgot your password? Ask your administrator.')).toBeTruthy()
    expect(screen.getByText(/Ask your administrator for an invitation/)).toBeTruthy()
    expect(screen.queryByText('or')).toBeNull()
  })

  it('open the password with one click beside providers', async () => {
    await open({ providers: everything.providers! })
    expect(screen.queryByLabelText('Email')).toBeNull()
    await click('Use a password')
    expect(screen.getByLabelText('Password')).toBeTruthy()
  })

  it('can be asked for again when the server did not answer', async () => {
    let answer = () => problem(503, 'database.unavailable')
    await open({}, { 'GET /config': () => answer() })
    await screen.findByRole('alert')
    answer = () => json(aConfig)
    await click('Try again')
    expect(await screen.findByLabelText('Password')).toBeTruthy()
  })
})

describe('logging in at a provider', () => {
  const url = 'https://id.acme.example/authorize?state=x'
  const start = { 'POST /auth/providers/acme/start': () => json({ url }) }

  it('sends the browser there, and remembers where it was going', async () => {
    const leave = vi.spyOn(window.location, 'assign').mockImplementation(() => {})
    const { sent } = await open(everything, start)
    await click('Continue with Acme SSO')
    await waitFor(() => expect(leave).toHaveBeenCalledWith(url))
    expect(sent()[0]?.body).toEqual({ redirectTo: '/d/policy-2026', locale: 'en' })
    expect(wantedPlace()).toBe('/d/policy-2026')
  })

  it('says when it cannot be reached', async () => {
    await open(everything, {
      'POST /auth/providers/acme/start': () => problem(503, 'auth.provider_unavailable'),
    })
    await click('Continue with Acme SSO')
    expect((await screen.findByRole('alert')).textContent).toContain('cannot be reached at the moment')
  })

  it.each([
    ['auth.provider_unknown', 'does not exist here'],
    ['auth.state_invalid', 'took too long'],
    ['auth.provider_refused', 'cancelled or refused'],
    ['auth.provider_unavailable', 'cannot be reached'],
    ['auth.provider_answer', 'could not be verified'],
    ['auth.email_missing', 'did not tell us your email'],
    ['auth.email_unverified', 'has not verified your email'],
    ['auth.email_not_vouched', 'Log in the way you did before'],
    ['auth.domain_not_allowed', 'Addresses like yours'],
    ['auth.sign_up_closed', 'Ask your administrator for an invitation'],
    ['auth.account_inactive', 'This account is deactivated'],
    ['something.else', 'Something went wrong'],
  ])('explains why it came to nothing: %s', async (code, sentence) => {
    const { container } = await open(everything, {}, `/login?problem=${code}&request=req-7`)
    const alert = screen.getByRole('alert')
    expect(alert.textContent).toContain(sentence)
    expect(alert.textContent?.match(/req-7/g)).toHaveLength(1)
    expect(await violations(container)).toEqual([])
  })

  it('forgets the problem with the next attempt, and knows where that leads', async () => {
    rememberWanted('/d/policy-2026')
    vi.spyOn(window.location, 'assign').mockImplementation(() => {})
    const { sent, router } = await open(everything, start, '/login?problem=auth.state_invalid&request=req-7')
    await click('Continue with Acme SSO')
    await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
    expect(router.currentRoute.value.fullPath).toBe('/login')
    expect(sent()[0]?.body).toMatchObject({ redirectTo: '/d/policy-2026' })
  })
})

describe('logging in by mail', () => {
  it('tells what was sent, and logs in with the six digits as soon as they are there', async () => {
    const { sent, router, container } = await open(everything, {
      ...byMail,
      'POST /auth/magic-link/code': () => json({ user: aUser, redirectTo: '/d/policy-2026' }),
    })
    const code = await askForLink()
    expect(screen.getByText(/If sam.okafor@acme.example may log in here/)).toBeTruthy()
    expect(document.activeElement).toBe(code)
    expect(code.getAttribute('autocomplete')).toBe('one-time-code')
    expect(code.getAttribute('inputmode')).toBe('numeric')
    expect(await violations(container)).toEqual([])
    await userEvent.type(code, '123 456')
    await waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/d/policy-2026'))
    expect(useSession().user?.id).toBe(aUser.id)
    expect(sent().map(({ body }) => body)).toEqual([
      { email: aUser.email, redirectTo: '/d/policy-2026', locale: 'en' },
      { code: '123456' },
    ])
  })

  it('says at the field that the code is wrong, and takes the next', async () => {
    const errors = [{ field: 'code', code: 'auth.code_wrong', detail: '' }]
    const answers = [problem(422, 'auth.code_wrong', { errors }), json({ user: aUser, redirectTo: '/' })]
    const { router } = await open(everything, {
      ...byMail,
      'POST /auth/magic-link/code': () => answers.shift()!,
    })
    const code = await askForLink()
    await userEvent.type(code, '111111')
    expect(await screen.findByText(/not the code in the mail/)).toBeTruthy()
    expect(code.getAttribute('aria-invalid')).toBe('true')
    rememberWanted('/d/wanted-before')
    await userEvent.clear(code)
    await userEvent.type(code, '222222')
    await waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/d/wanted-before'))
  })

  it('says when the code is used up, and asks for too few digits without the server', async () => {
    const { sent } = await open(everything, {
      ...byMail,
      'POST /auth/magic-link/code': () => problem(410, 'auth.link_invalid'),
    })
    const code = await askForLink()
    await userEvent.type(code, '123')
    await click('Log in')
    expect(screen.getByText(/not the code in the mail/)).toBeTruthy()
    expect(sent()).toHaveLength(1)
    await userEvent.type(code, '456')
    expect((await screen.findByRole('alert')).textContent).toContain('Ask for a new one')
  })

  it('is sent again, until enough was asked for, or goes to another address', async () => {
    const answers = [json(sentUntil, 202), json(sentUntil, 202), problem(429, 'auth.too_many_links')]
    const { sent } = await open(everything, { 'POST /auth/magic-link': () => answers.shift()! })
    await askForLink()
    await click('Send it again')
    await waitFor(() => expect(sent()).toHaveLength(2))
    await click('Send it again')
    expect((await screen.findByRole('alert')).textContent).toContain('try again in an hour')
    await click('Use another address')
    expect((screen.getByLabelText('Email') as HTMLInputElement).value).toContain(aUser.email)
  })

  describe('outlives a reload', () => {
    const until = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()
    const lasting = (minutes = 15): Record<string, Handler> => ({
      'POST /auth/magic-link': () => json({ expiresAt: until(minutes) }, 202),
      'POST /auth/magic-link/code': () => json({ user: aUser, redirectTo: '/d/policy-2026' }),
    })
    async function askAndReload(path = '/login', minutes?: number) {
      const before = await open(everything, lasting(minutes))
      await askForLink()
      before.unmount()
      return open(everything, lasting(), path)
    }

    it('with the address, the code and the place to go, until it is used', async () => {
      const { sent, router, unmount } = await askAndReload()
      expect(screen.getByText(/If sam.okafor@acme.example may log in here/)).toBeTruthy()
      await click('Send it again')
      await waitFor(() => expect(sent()).toHaveLength(1))
      expect(sent()[0]?.body).toEqual({ email: aUser.email, redirectTo: '/d/policy-2026', locale: 'en' })
      await userEvent.type(screen.getByLabelText('Code from the mail'), '123456')
      await waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/d/policy-2026'))
      expect(Object.keys(localStorage).filter((key) => localStorage[key].includes(aUser.email))).toEqual([])
      unmount()
      await open()
      expect(screen.queryByLabelText('Code from the mail')).toBeNull()
    })

    it('and goes where the address of the page says, if that is another place by now', async () => {
      const { router } = await askAndReload('/login?next=/d/later')
      await userEvent.type(screen.getByLabelText('Code from the mail'), '123456')
      await waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/d/later'))
    })

    it('until another address is wanted', async () => {
      const { unmount } = await askAndReload()
      await click('Use another address')
      expect((screen.getByLabelText('Email') as HTMLInputElement).value).toBe(aUser.email)
      unmount()
      await open()
      expect(screen.queryByLabelText('Code from the mail')).toBeNull()
    })

    it.each([
      ['it has expired', '/login', -1],
      ['a provider has let nobody in', '/login?problem=auth.state_invalid', 15],
    ])('but not when %s', async (_, path, minutes) => {
      await askAndReload(path, minutes)
      expect(screen.getByLabelText('Email')).toBeTruthy()
      expect(screen.queryByLabelText('Code from the mail')).toBeNull()
    })

    it.each(['{"to":', '"x"', '{"to":"sam@acme.example","expiresAt":"soon"}'])(
      'and is nothing when the storage holds %s',
      async (text) => {
        sessionStorage.setItem('ackify.asked', text)
        await open()
        expect((screen.getByLabelText('Email') as HTMLInputElement).value).toBe('')
      },
    )

    it('and never leads to another site', async () => {
      const kept = { to: aUser.email, expiresAt: until(9), next: '//evil.example/' }
      sessionStorage.setItem('ackify.asked', JSON.stringify(kept))
      const { sent } = await open(everything, lasting(), '/login')
      await click('Send it again')
      await waitFor(() => expect(sent()[0]?.body).toMatchObject({ redirectTo: '/' }))
    })
  })

  it('says what is wrong with an address, at the field', async () => {
    const errors = [{ field: 'email', code: 'email.invalid', detail: '' }]
    await open(everything, { 'POST /auth/magic-link': () => problem(422, 'email.invalid', { errors }) })
    await click('Email me a link')
    expect(screen.getByText('Please fill this in.')).toBeTruthy()
    await userEvent.type(screen.getByLabelText('Email'), 'nobody')
    await click('Email me a link')
    await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText('Email')))
  })
})

describe('whoever opened a reminder’s link', () => {
  const known = () => keepRecipient('#email=sam.okafor%2Btest%40acme.example')
  const offer = 'Send a link to sam.okafor+test@acme.example'

  it('gets a link to their address by one button', async () => {
    known()
    const { sent, container } = await open(everything, byMail)
    expect(screen.queryByLabelText('Email')).toBeNull()
    expect(await violations(container)).toEqual([])
    await click(offer)
    await screen.findByLabelText('Code from the mail')
    expect(sent()[0]?.body).toEqual({
      email: 'sam.okafor+test@acme.example',
      redirectTo: '/d/policy-2026',
      locale: 'en',
    })
  })

  it('is told that the link makes an account', async () => {
    known()
    await open({ ...everything, registration: false }, byMail)
    expect(screen.getByText('No account yet? The link above makes one.')).toBeTruthy()
    expect(screen.queryByText(/Ask your administrator/)).toBeNull()
  })

  it('may use another address', async () => {
    known()
    await open()
    await click('Use another address')
    expect((screen.getByLabelText('Email') as HTMLInputElement).value).toBe('sam.okafor+test@acme.example')
    expect(screen.queryByRole('button', { name: offer })).toBeNull()
  })

  it('finds the address filled in where no links are sent', async () => {
    known()
    await open({ loginMethods: ['password'] })
    expect((screen.getByLabelText('Email') as HTMLInputElement).value).toBe('sam.okafor+test@acme.example')
  })

  it('is forgotten after the log-in, and nothing else is taken for an address', async () => {
    known()
    await open(everything)
    await useSession().begin(aUser)
    expect(recipient()).toBeUndefined()
    expect(keepRecipient('#page=3')).toBe(false)
    sessionStorage.setItem('ackify.recipient', '{"a":1}')
    expect(recipient()).toBeUndefined()
  })
})
