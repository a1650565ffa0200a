/** Pictures of every way in, as a server shows them that sends mail and knows identity providers. */
import type { Page, Route } from 'playwright-core'

type Take = (name: string, path: string) => Promise<void>
type Shoot = (name: string) => Promise<void>

const expiresAt = () => new Date(Date.now() + 15 * 60_000).toISOString()
const answer = (body: object, status = 200) => ({
  status,
  contentType: status < 400 ? 'application/json' : 'application/problem+json',
  body: JSON.stringify(body),
})
const problem = (status: number, code: string, errors: object[] = []) =>
  answer(
    {
      type: `urn:ackify:problem:${code}`,
      title: code,
      status,
      detail: code,
      code,
      requestId: 'r-42',
      errors,
    },
    status,
  )

const ways = {
  loginMethods: ['magic_link', 'password'],
  providers: [
    { id: 'microsoft', label: 'Microsoft', kind: 'microsoft' },
    { id: 'google', label: 'Google', kind: 'google' },
    { id: 'keycloak', label: 'Acme Industries Single Sign-On', kind: 'oidc' },
  ],
  registration: true,
  email: true,
}

/** Makes the app believe in other ways of logging in than the server has. */
export async function pretend(page: Page, changes: object = ways): Promise<void> {
  await page.route('**/api/v1/config', async (route: Route) => {
    const real = await route.fetch()
    await route.fulfill({ response: real, json: { ...(await real.json()), ...changes } })
  })
}

const about = (purpose: string) =>
  answer({ purpose, email: 'maximiliane.brandstetter@acme.example', expiresAt: expiresAt() })

/** For somebody who is not logged in. */
export async function takeWaysIn(page: Page, take: Take, shoot: Shoot): Promise<void> {
  await pretend(page)
  const next = '/login?next=/d/policy'
  await take('login-ways', next)
  await page.locator('form').first().locator('button').first().waitFor()
  await page.locator('main button').last().click()
  await page.locator('input[type=password]').waitFor()
  await shoot('login-ways-password')
  await take('login-refused', '/login?problem=auth.email_not_vouched&request=01JD2V7Q4T9P8M3K6N5R')
  await page.route('**/api/v1/auth/magic-link', (route) =>
    route.fulfill(answer({ expiresAt: expiresAt() }, 202)),
  )
  await page.route('**/api/v1/auth/magic-link/code', (route) =>
    route.fulfill(problem(422, 'auth.code_wrong', [{ field: 'code', code: 'auth.code_wrong', detail: '' }])),
  )
  await take('login-mailbox-form', next)
  await page.locator('input[name=email]').fill('maximiliane.brandstetter@acme.example')
  await page.locator('form button').click()
  await page.locator('input[name=code]').waitFor()
  await shoot('login-mailbox')
  await page.locator('input[name=code]').fill('123456')
  await page.locator('form button[aria-busy]').waitFor({ state: 'detached' })
  await shoot('login-mailbox-wrong')
  await pretend(page, { ...ways, loginMethods: ['password'] })
  await take('login-providers', next)

  await take('register', '/register')
  await take('reset-ask', '/reset')
  await page.route('**/api/v1/auth/forgot', (route) => route.fulfill(answer({ expiresAt: expiresAt() }, 202)))
  await page.locator('input[name=email]').fill('maximiliane.brandstetter@acme.example')
  await page.locator('form button').click()
  await page.locator('input[name=email]').waitFor({ state: 'detached' })
  await shoot('reset-mailbox')
  for (const [purpose, path] of [
    ['login', '/link#token=a'],
    ['verification', '/link#token=b'],
    ['reset', '/reset#token=c'],
  ] as const) {
    await page.route('**/api/v1/auth/links/lookup', (route) => route.fulfill(about(purpose)))
    await page.goto('/')
    await take(`link-${purpose}`, path)
    await page.unrouteAll({ behavior: 'wait' })
  }
  await page.goto('/')
  await take('link-used', '/link#token=d')
  await page.goto('/')
  await take('link-incomplete', '/link')
}

/** For somebody who is logged in as another person than the link is for. */
export async function takeLinkForAnother(page: Page, take: Take): Promise<void> {
  await page.route('**/api/v1/auth/links/lookup', (route) => route.fulfill(about('login')))
  await take('link-logged-in', '/link#token=e')
  await page.unrouteAll({ behavior: 'wait' })
}

/** The account of somebody with tokens, and without a password. */
export async function takeAccount(page: Page, take: Take, shoot: Shoot): Promise<void> {
  await page.route('**/api/v1/users/me/tokens', (route) => route.fulfill(answer({ items: tokens() })))
  await page.route('**/api/v1/users/me/sessions', (route) => route.fulfill(answer({ items: sessions() })))
  await take('account-tokens', '/account')
  await page.locator('main section').last().locator(':scope > div > button').click()
  await page.getByRole('dialog').waitFor()
  await shoot('account-token-new')
  await page.unrouteAll({ behavior: 'wait' })
  await page.route('**/api/v1/users/me/tokens', (route) =>
    route.fulfill(
      route.request().method() === 'POST'
        ? answer({ ...tokens()[0], token: `ackify_${'k3'.repeat(20)}` }, 201)
        : answer({ items: tokens() }),
    ),
  )
  await page.getByRole('dialog').locator('input[name=name]').fill('Nightly report')
  await page.getByRole('dialog').locator('input[type=checkbox]').first().check()
  await page.getByRole('dialog').locator('button[type=submit]').click()
  await page.getByRole('dialog').locator('input[readonly]').waitFor()
  await shoot('account-token-made')
  await page.keyboard.press('Escape')
  await pretend(page)
  await page.route('**/api/v1/users/me', async (route) => {
    const real = await route.fetch()
    await route.fulfill({ response: real, json: { ...(await real.json()), hasPassword: false } })
  })
  await take('account-no-password', '/account')
  await page.unrouteAll()
}

const tokens = () => [
  {
    id: '0d3c2a5e-0000-4000-8000-000000000001',
    name: 'Nightly report',
    hint: 'x7Kp',
    scopes: ['documents:read', 'signatures:read', 'signers:write'],
    createdAt: '2026-11-01T08:00:00.000000Z',
    expiresAt: '2027-11-01T08:00:00.000000Z',
    lastUsedAt: '2026-11-21T03:00:00.000000Z',
  },
  {
    id: '0d3c2a5e-0000-4000-8000-000000000002',
    name: 'Import of the handbook',
    hint: 'Qw2a',
    scopes: ['documents:write'],
    createdAt: '2026-01-01T08:00:00.000000Z',
    expiresAt: '2026-03-01T08:00:00.000000Z',
  },
]

const sessions = () => {
  const session = {
    createdAt: '2026-11-21T08:00:00.000000Z',
    lastSeenAt: '2026-11-21T09:30:00.000000Z',
    expiresAt: '2026-12-21T08:00:00.000000Z',
    ipAddress: '203.0.113.7',
    kind: 'browser',
    current: false,
  }
  const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
  return [
    { ...session, id: '1', current: true, method: 'password', userAgent: firefox },
    {
      ...session,
      id: '2',
      method: 'magic_link',
      userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1',
    },
    { ...session, id: '3', method: 'keycloak', provider: 'Acme Single Sign-On', userAgent: firefox },
    { ...session, id: '4', kind: 'app', method: 'password', userAgent: 'AckifyMobile/2.1 (Android 16)' },
  ]
}
