/** Who is signing: identity providers, links by mail, accounts of one's own, tokens, and what an administrator sees of it all. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launch, Person } from './browser.ts'
import type { View } from './browser.ts'
import { codeIn, linkIn, startMailbox } from './mailbox.ts'
import type { Mailbox } from './mailbox.ts'
import { startOAuth2Server, startOpenIDProvider } from './providers.ts'
import type { OAuth2Server, OpenIDProvider } from './providers.ts'
import { startServer } from './server.ts'
import type { Server } from './server.ts'
import { acknowledge, admin, createDocument, logIn, logOut, password, setUp } from './steps.ts'

const desktop: View = { theme: 'light', width: 1280 }
const phone: View = { theme: 'dark', width: 390 }

describe('Logging in', () => {
  let mailbox: Mailbox
  let company: OpenIDProvider
  let partner: OpenIDProvider
  let hub: OAuth2Server
  let server: Server
  let browser: Browser
  let ada: Person
  let docId: string

  before(async () => {
    mailbox = await startMailbox()
    hub = await startOAuth2Server()
    server = await startServer(async (site) => {
      company = await startOpenIDProvider('COMPANY', site)
      partner = await startOpenIDProvider('PARTNER', site)
      return {
        ...company.env,
        ...partner.env,
        ...hub.env,
        ...mailbox.env,
        ACKIFY_OIDC_COMPANY_LABEL: 'Acme login',
        ACKIFY_OIDC_COMPANY_ALLOWED_DOMAINS: 'acme.example',
        ACKIFY_OIDC_PARTNER_LABEL: 'Partner',
        ACKIFY_OIDC_AWAY_ISSUER: 'http://127.0.0.1:9',
        ACKIFY_OIDC_AWAY_CLIENT_ID: 'ackify',
        ACKIFY_OIDC_AWAY_LABEL: 'Away',
        ACKIFY_REGISTRATION: 'acme.example',
      }
    })
    browser = await launch()
    ada = await arrive(desktop)
    await setUp(ada.page, server.setupUrl)
    docId = await createDocument(ada.page, 'https://intranet.acme.example/security', 'Security policy')
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
    await Promise.all([company?.stop(), partner?.stop(), hub?.stop(), mailbox?.stop()])
  })

  async function arrive(view: View): Promise<Person> {
    const person = await Person.arrive(browser, server.baseUrl, view)
    person.elsewhere.push(company.origin, partner.origin, hub.origin)
    return person
  }

  /** Goes through the company's pages, as somebody who is not logged in there yet. */
  async function throughCompany(page: Page, login: string): Promise<void> {
    await page.getByRole('button', { name: 'Continue with Acme login' }).click()
    await page.getByLabel('Login').fill(login)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('button', { name: 'Allow' }).click()
  }

  const me = async (person: Person) =>
    (await (await person.page.request.get('/api/v1/users/me')).json()) as {
      id: string
      email: string
      name: string
    }

  it('goes by the company’s OpenID provider, back to the document that one came for', async () => {
    company.people.set('sam', { email: 'Sam.Okafor@acme.example', verified: true, name: 'Sam Okafor' })
    const sam = await arrive(phone)
    await sam.page.goto(`/?doc=${encodeURIComponent('https://intranet.acme.example/security')}`)
    await sam.page.getByRole('button', { name: 'Continue with Acme login' }).waitFor()
    await sam.inspect('all ways of logging in, on a phone')
    await throughCompany(sam.page, 'sam')
    await sam.page.waitForURL(`${server.baseUrl}/d/${docId}`)
    await acknowledge(sam.page)
    assert.equal((await me(sam)).email, 'sam.okafor@acme.example')
    await sam.inspect('a document acknowledged after a log-in at a provider')
    await sam.leave()
  })

  it('knows the person again at another provider that vouches for the same address', async () => {
    hub.person.emails = [
      { email: 'private@example.org', primary: false, verified: true },
      { email: 'sam.okafor@acme.example', primary: true, verified: true },
    ]
    const sam = await arrive(desktop)
    await sam.page.goto(`/d/${docId}`)
    await sam.page.getByRole('button', { name: 'Continue with GitHub' }).click()
    await sam.page.getByRole('link', { name: 'Authorize Ackify' }).click()
    await sam.page.getByRole('heading', { name: /^You have acknowledged/ }).waitFor()
    await sam.page.goto('/account')
    await sam.page.getByText('GitHub').first().waitFor()
    await sam.inspect('an account without a password')
    await sam.leave()
  })

  it('refuses an address that a provider does not vouch for, and says why', async () => {
    partner.people.set('mallory', { email: 'sam.okafor@acme.example', verified: true, name: 'Mallory' })
    const mallory = await arrive(desktop)
    await mallory.page.goto(`/login?next=/d/${docId}`)
    await mallory.page.getByRole('button', { name: 'Continue with Partner' }).click()
    await mallory.page.getByLabel('Login').fill('mallory')
    await mallory.page.getByRole('button', { name: 'Continue' }).click()
    await mallory.page.getByRole('button', { name: 'Allow' }).click()
    await mallory.page.waitForURL(/\/login\?.*problem=auth\.email_not_vouched/)
    await mallory.page.getByRole('alert').waitFor()
    await mallory.inspect('why a log-in was refused')
    assert.equal((await mallory.page.request.get('/api/v1/users/me')).status(), 401)
    // There is a way on: with the company's provider, to the same document.
    company.people.set('kim', { email: 'kim@acme.example', verified: false, name: 'Kim Sato' })
    await throughCompany(mallory.page, 'kim')
    await mallory.page.waitForURL(/problem=auth\.email_unverified/)
    assert.match(mallory.page.url(), new RegExp(encodeURIComponent(`/d/${docId}`)))
    await mallory.leave()
  })

  it('says so when a provider is away or a callback was forged, and offers the other ways', async () => {
    const stranger = await arrive(desktop)
    stranger.expected = /status of 503/
    await stranger.page.goto('/login')
    await stranger.page.getByRole('button', { name: 'Continue with Away' }).click()
    await stranger.page.getByText('The log-in service cannot be reached').waitFor()
    await stranger.inspect('a provider that is away')
    await stranger.page.goto('/api/v1/auth/callback/company?state=forged&code=stolen')
    await stranger.page.waitForURL(/\/login\?.*problem=auth\.state_invalid/)
    await stranger.page.getByRole('button', { name: 'Continue with Acme login' }).waitFor()
    await stranger.inspect('a forged callback')
    await stranger.leave()
  })

  it('goes by a link in a mail, whose page does nothing before its button is pressed', async () => {
    const noor = await arrive(phone)
    await noor.page.goto(`/d/${docId}`)
    await noor.page.getByLabel('Email').fill('noor.haddad@acme.example')
    await noor.page.getByRole('button', { name: 'Email me a link' }).click()
    await noor.page.getByRole('heading', { name: 'Check your mailbox' }).waitFor()
    await noor.inspect('a link is on its way')
    const letter = await mailbox.take('noor.haddad@acme.example')
    const link = linkIn(letter, '/link')
    // A scanner opens every link it sees, twice.
    for (let i = 0; i < 2; i++) assert.equal((await fetch(link)).status, 200)
    const elsewhere = await arrive(desktop)
    await elsewhere.page.goto(link)
    await elsewhere.page.getByText('noor.haddad@acme.example').waitFor()
    await elsewhere.inspect('the page of a link')
    assert.equal((await elsewhere.page.request.get('/api/v1/users/me')).status(), 401)
    await elsewhere.page.getByRole('button', { name: 'Log in' }).click()
    await elsewhere.page.waitForURL(`${server.baseUrl}/d/${docId}`)
    assert.equal((await me(elsewhere)).name, 'Noor Haddad')
    const later = await arrive(desktop)
    await later.page.goto(link)
    await later.page.getByRole('alert').waitFor()
    await later.inspect('a link that was used')
    await Promise.all([noor.leave(), elsewhere.leave(), later.leave()])
  })

  it('goes by the code of a mail, in the browser that asked', async () => {
    const noor = await arrive(desktop)
    await noor.page.goto('/login?next=/signatures')
    await noor.page.getByLabel('Email').fill('noor.haddad@acme.example')
    await noor.page.getByRole('button', { name: 'Email me a link' }).click()
    const code = codeIn(await mailbox.take('noor.haddad@acme.example'))
    const wrong = code === '000000' ? '000001' : '000000'
    await noor.page.getByLabel('Code from the mail').fill(wrong)
    await noor.page.getByText('This is not the code').waitFor()
    await noor.page.getByLabel('Code from the mail').fill(code)
    await noor.page.waitForURL(`${server.baseUrl}/signatures`)
    await noor.leave()
  })

  it('goes by an account of one’s own, once its address is confirmed', async () => {
    const ines = await arrive(phone)
    await ines.page.goto('/login')
    await ines.page.getByRole('link', { name: 'Create an account' }).click()
    // The page before has a field of the same name.
    await ines.page.getByRole('heading', { name: 'Create an account' }).waitFor()
    await ines.page.getByLabel('Email').fill('ines@acme.example')
    await ines.page.getByLabel('Name').fill('Inès Moreau')
    await ines.page.getByLabel('Password', { exact: true }).fill(password)
    await ines.inspect('registering')
    await ines.page.getByRole('button', { name: 'Create my account' }).click()
    await ines.page.getByRole('heading', { name: 'Check your mailbox' }).waitFor()
    const link = linkIn(await mailbox.take('ines@acme.example'), '/link')
    await ines.page.goto(link)
    await ines.page.getByRole('heading', { name: 'Confirm your address' }).waitFor()
    await ines.inspect('confirming an address')
    await ines.page.getByLabel('Password', { exact: true }).fill('not the password')
    await ines.page.getByRole('button', { name: 'Confirm and log in' }).click()
    await ines.page.getByRole('alert').waitFor()
    await ines.page.getByLabel('Password', { exact: true }).fill(password)
    await ines.page.getByRole('button', { name: 'Confirm and log in' }).click()
    await ines.page.getByRole('heading', { level: 1, name: 'To read' }).waitFor()
    await logOut(ines.page)

    await ines.page.goto('/reset')
    await ines.page.getByLabel('Email').fill('ines@acme.example')
    await ines.page.locator('form').getByRole('button').click()
    const reset = linkIn(await mailbox.take('ines@acme.example'), '/reset')
    await ines.page.goto(reset)
    await ines.page.getByRole('heading', { name: 'Choose a new password' }).waitFor()
    await ines.inspect('choosing a new password')
    await ines.page.getByLabel('New password', { exact: true }).fill('another quiet meadow')
    await ines.page.getByRole('button', { name: 'Save and log in' }).click()
    await ines.page.getByRole('heading', { level: 1, name: 'To read' }).waitFor()
    await ines.leave()
  })

  it('lets a person make a token for a program, once shown, which never signs', async () => {
    const { page } = ada
    await page.goto('/account')
    await page.getByRole('button', { name: 'Create token' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Nightly report')
    await dialog.getByLabel(/^Read documents/).check()
    await ada.inspect('making a token')
    await dialog.getByRole('button', { name: 'Create token' }).click()
    const token = await dialog.getByLabel('API token').inputValue()
    await page.keyboard.press('Escape')
    const call = (path: string, init: RequestInit = {}) =>
      fetch(`${server.baseUrl}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      })
    assert.equal((await call('/api/v1/documents')).status, 200)
    assert.equal((await call('/api/v1/users')).status, 403)
    assert.equal(
      (await call('/api/v1/signatures', { method: 'POST', body: JSON.stringify({ docId }) })).status,
      403,
    )
    await page.getByText('Nightly report').first().waitFor()
    await ada.inspect('an account with a token')
    await page.getByRole('button', { name: /^Revoke/ }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('“Nightly report” is revoked').waitFor()
    assert.equal((await call('/api/v1/documents')).status, 401)
  })

  it('lets an administrator change a role, send a reset, and put somebody out everywhere at once', async () => {
    const { page } = ada
    const ines = await arrive(desktop)
    await ines.page.goto('/login')
    await logIn(ines.page, 'ines@acme.example', 'another quiet meadow')
    await ines.page.getByRole('heading', { level: 1, name: 'To read' }).waitFor()

    await page.goto('/admin/people')
    await ada.inspect('people')
    const manage = () => page.getByRole('button', { name: /^Manage.*ines@acme\.example/ }).click()
    await manage()
    const dialog = page.getByRole('dialog')
    await ada.inspect('managing a person')
    await dialog.getByLabel('Role').selectOption('author')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('ines@acme.example: Author').waitFor()
    await dialog.getByRole('button', { name: 'Send the link' }).click()
    linkIn(await mailbox.take('ines@acme.example'), '/reset')
    await dialog.getByRole('button', { name: 'Done' }).click()
    await manage()
    await dialog.getByRole('button', { name: 'Deactivate' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Deactivate' }).click()
    await page.getByText('ines@acme.example is deactivated').waitFor()
    assert.equal((await ines.page.request.get('/api/v1/users/me')).status(), 401)
    await ines.leave()
  })

  it('keeps who did what, for administrators to search and take away', async () => {
    const { page } = ada
    await page.goto('/admin/audit?q=ines@acme.example')
    await page.getByRole('table').getByText('ines@acme.example').first().waitFor()
    await ada.inspect('the audit trail of a person')
    await page.goto('/admin/audit')
    await page.getByRole('table').waitFor()
    await ada.inspect('the audit trail')
    const href = await page.getByRole('link', { name: /CSV/ }).getAttribute('href')
    const csv = await (await page.request.get(href ?? '')).text()
    for (const action of [
      'login.succeeded',
      'login.failed',
      'account.role_changed',
      'account.deactivated',
      'token.revoked',
    ])
      assert.ok(csv.includes(action), `${action} is not in the trail`)
    assert.ok(csv.includes(admin.email))
  })

  it('ends at the provider too', async () => {
    const sam = await arrive(desktop)
    await sam.page.goto('/')
    await sam.page.goto('/login')
    await throughCompany(sam.page, 'sam')
    await sam.page.getByRole('heading', { level: 1, name: 'To read' }).waitFor()
    await sam.page.getByRole('button', { name: /^Menu/ }).click()
    await sam.page.getByRole('menuitem', { name: 'Log out' }).click()
    await sam.page.waitForURL(`${company.origin}/session/end**`)
    await sam.page.goto(server.baseUrl)
    assert.equal((await sam.page.request.get('/api/v1/users/me')).status(), 401)
    await sam.leave()
  })
})
