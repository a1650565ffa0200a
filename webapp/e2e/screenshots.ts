/** Takes every page, light and dark, wide and narrow, and once more in German, into screenshots/. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { fillShelf, startSite, takeManaging, takeReading } from './documentPictures.ts'
import { launch, Person } from './browser.ts'
import type { View } from './browser.ts'
import { takeEmails, takeGroups, takeReminders } from './reminderPictures.ts'
import { startServer } from './server.ts'
import { fillRoster, takeSigners } from './signerPictures.ts'
import { accept, admin, createDocument, downloadReceipt, forge, invite, logIn, setUp } from './steps.ts'
import { takeAccount, takeLinkForAnother, takeWaysIn } from './waysIn.ts'

const folder = new URL('../screenshots', import.meta.url).pathname
const views: View[] = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 1280 },
  { theme: 'light', width: 390 },
  { theme: 'dark', width: 390 },
  { theme: 'light', width: 1280, locale: 'de-DE' },
  { theme: 'dark', width: 390, locale: 'de-DE' },
]

const site = await startSite()
const server = await startServer(() =>
  Promise.resolve({ ACKIFY_FETCH: 'true', ACKIFY_FETCH_ALLOWED_HOSTS: site.host }),
)
const browser = await launch()
try {
  await mkdir(folder, { recursive: true })
  const signerEmail = 'sam.okafor@acme.example'
  const maker = await Person.arrive(browser, server.baseUrl, { theme: 'light', width: 1280 })
  await maker.page.goto(server.setupUrl)
  await maker.page.getByRole('button').first().waitFor()
  await maker.page.screenshot({ path: join(folder, 'setup-light-1280-en.png') })
  await setUp(maker.page, server.setupUrl)
  const signed = await createDocument(
    maker.page,
    'https://intranet.acme.example/security',
    'Information security policy 2026',
  )
  const unsigned = await createDocument(
    maker.page,
    'https://intranet.acme.example/travel',
    'Travel expenses 2026',
  )
  const named = await createDocument(maker.page, 'handbook-2026', 'Employee handbook')
  const link = await invite(maker.page, signerEmail, 'Sam Okafor')
  const open = await invite(maker.page, 'noor.haddad@acme.example', 'Noor Haddad')
  const sam = await Person.arrive(browser, server.baseUrl, { theme: 'light', width: 1280 })
  await accept(sam.page, link)
  await sam.page.goto(`/d/${signed}`)
  await sam.page.getByRole('button', { name: 'Acknowledge reading' }).click()
  const receipt = join(folder, 'receipt.tlog-proof')
  await downloadReceipt(sam.page, receipt)
  const forged = join(folder, 'forged.tlog-proof')
  await writeFile(forged, forge(await readFile(receipt, 'utf8')))
  await forget(maker.page, signed)
  const shelf = await fillShelf(maker.page, site)
  await fillRoster(maker.page, shelf, sam.page, signerEmail)

  for (const view of views) {
    const language = view.locale?.slice(0, 2) ?? 'en'
    const suffix = `${view.theme}-${view.width}-${language}`
    const shoot = async (page: Page, name: string) => {
      await page.waitForLoadState('networkidle')
      await page.screenshot({ path: join(folder, `${name}-${suffix}.png`), fullPage: true })
    }
    const take = async (page: Page, name: string, path: string) => {
      await page.goto(path)
      await page.locator('h1').first().waitFor({ state: 'attached' })
      await shoot(page, name)
    }
    const taking = (page: Page) =>
      [
        page,
        (name: string, path: string) => take(page, name, path),
        (name: string) => shoot(page, name),
      ] as const
    const nobody = await Person.arrive(browser, server.baseUrl, view)
    await take(nobody.page, 'welcome', '/')
    await take(nobody.page, 'login', `/login?next=/d/${signed}`)
    await take(nobody.page, 'invite', open)
    await take(nobody.page, 'invite-used', link)
    await takeWaysIn(...taking(nobody.page))
    await nobody.page.unrouteAll()
    await take(nobody.page, 'verify', '/verify')
    for (const [name, file] of [
      ['valid', receipt],
      ['invalid', forged],
    ] as const) {
      await nobody.page.locator('input[type=file][multiple]').setInputFiles(file)
      await nobody.page.locator(`[data-verdict=${name}]`).waitFor()
      await nobody.page.screenshot({ path: join(folder, `verify-${name}-${suffix}.png`), fullPage: true })
    }
    await nobody.page.route('**/ledger/keys', (route) => route.abort())
    await nobody.page.evaluate(() => localStorage.clear())
    await nobody.page.reload()
    await nobody.page.locator('input[type=file][multiple]').setInputFiles(receipt)
    await nobody.page.locator('[data-verdict=unknown]').waitFor()
    await nobody.page.screenshot({ path: join(folder, `verify-unknown-${suffix}.png`), fullPage: true })
    await nobody.leave()

    const as = async (email: string): Promise<Person> => {
      const person = await Person.arrive(browser, server.baseUrl, { theme: view.theme, width: view.width })
      await person.page.goto('/login')
      await logIn(person.page, email)
      await person.page.getByRole('heading', { level: 1, name: 'To read' }).waitFor()
      if (language !== 'en') await speak(person.page, language)
      return person
    }
    const signer = await as(signerEmail)
    await take(signer.page, 'home', '/')
    await take(signer.page, 'sign', `/d/${unsigned}`)
    await take(signer.page, 'sign-due', `/d/${shelf.image}`)
    await take(signer.page, 'sign-reference', `/d/${named}`)
    await take(signer.page, 'done', `/d/${signed}`)
    await take(signer.page, 'signatures', '/signatures')
    await take(signer.page, 'signatures-no-match', '/signatures?q=zzz')
    await take(signer.page, 'account', '/account')
    await take(signer.page, 'forbidden', '/documents')
    await take(signer.page, 'unknown-reference', '/?doc=unknown')
    await take(signer.page, 'unknown-document', '/d/unknown')
    await take(signer.page, 'not-found', '/nowhere')
    const [, takeSigner, shootSigner] = taking(signer.page)
    await takeReading(signer.page, shelf, takeSigner, shootSigner)
    if (language !== 'en') await speak(signer.page, 'en')
    await signer.leave()

    const author = await as(admin.email)
    await take(author.page, 'home-admin', '/')
    await take(author.page, 'documents', '/documents')
    await take(author.page, 'documents-new', '/documents?new')
    const [, takeAuthor, shootAuthor] = taking(author.page)
    await takeManaging(author.page, shelf, takeAuthor, shootAuthor)
    await takeSigners(author.page, shelf, takeAuthor, shootAuthor)
    await take(author.page, 'unknown-reference-admin', '/?doc=unknown')
    await take(author.page, 'people', '/admin/people')
    await author.page.getByRole('table').last().getByRole('button', { name: /mia/ }).click()
    await author.page.screenshot({ path: join(folder, `people-withdraw-${suffix}.png`) })
    await author.page.keyboard.press('Escape')
    await author.page.getByRole('table').nth(1).getByRole('button', { name: /sam/ }).last().click()
    await author.page.screenshot({ path: join(folder, `people-erase-${suffix}.png`) })
    await author.page.keyboard.press('Escape')
    await author.page.getByRole('table').nth(1).getByRole('button', { name: /sam/ }).first().click()
    await author.page.getByRole('dialog').waitFor()
    await author.page.screenshot({ path: join(folder, `people-manage-${suffix}.png`) })
    await author.page.getByRole('dialog').locator('section').last().locator('button').click()
    await author.page.getByRole('alertdialog').waitFor()
    await author.page.screenshot({ path: join(folder, `people-deactivate-${suffix}.png`) })
    await takeAccount(...taking(author.page))
    await takeReminders(...taking(author.page), unsigned)
    await takeEmails(author.page, (name, path) => take(author.page, name, path))
    await takeGroups(...taking(author.page))
    await takeLinkForAnother(author.page, (name, path) => take(author.page, name, path))
    await take(author.page, 'audit', '/admin/audit')
    await take(author.page, 'audit-no-match', '/admin/audit?q=zzz')
    await take(author.page, 'ledger', '/admin/ledger')
    await take(author.page, 'settings', '/admin/settings')
    await takeLedgers(author.page, (name) => take(author.page, name, '/admin/ledger'))
    if (language !== 'en') await speak(author.page, 'en')
    await author.leave()
  }
} finally {
  await browser.close()
  await server.stop()
  await site.close()
}

/** Files two requests to be forgotten, has a third carried out, and the ledger checked. */
async function forget(page: Page, docId: string): Promise<void> {
  for (const [email, name] of [
    ['erik.dahl@acme.example', 'Erik Dahl'],
    ['mia.costa@acme.example', 'Mia Costa'],
  ] as const) {
    const person = await Person.arrive(browser, server.baseUrl, { theme: 'light', width: 1280 })
    await accept(person.page, await invite(page, email, name))
    await person.page.goto(`/d/${docId}`)
    await person.page.getByRole('button', { name: 'Acknowledge reading' }).click()
    await person.page.getByRole('link', { name: 'Download receipt' }).waitFor()
    await person.leave()
    await page.goto('/admin/people')
    await page.getByRole('button', { name: `Request erasure… ${email}` }).click()
    await page.getByLabel('Reason').fill('Left the company and asked to be forgotten')
    await page.getByRole('button', { name: 'File the request' }).click()
    await page.getByText(`ackify user erase --email ${email}`).waitFor()
  }
  await server.run('user', 'erase', '--email', 'erik.dahl@acme.example', '--yes')
  await page.goto('/admin/ledger')
  await page.getByRole('button', { name: 'Check now' }).click()
  await page.getByRole('heading', { name: 'Last check Intact' }).waitFor()
}

/** The ledger as a sound server never shows it. */
async function takeLedgers(page: Page, take: (name: string) => Promise<void>): Promise<void> {
  const check = {
    id: 99,
    since: 0,
    size: 120_000,
    checked: 45_000,
    erased: 3,
    startedAt: '2026-11-21T03:00:00Z',
  }
  const wrong = {
    ...check,
    state: 'disproven',
    code: 'signature.column',
    seq: 83_211,
    detail: 'column user_name says "Sam Okafor", the signed statement "Noor Haddad"',
    finishedAt: '2026-11-21T03:00:04Z',
  }
  const failed = {
    ...wrong,
    state: 'failed',
    code: 'check.failed',
    seq: undefined,
    detail: 'The database does not answer.',
  }
  const reason = 'the ledger has 118,402 entries, but a checkpoint of 120,000 was published'
  const changes = {
    checking: { running: { ...check, state: 'running' }, lastCheck: failed },
    inconsistent: {
      status: 'inconsistent',
      reason,
      published: { file: '/var/lib/ackify/ledger.checkpoints', size: 120_000 },
    },
    disproven: { status: 'disproven', lastCheck: wrong },
    undecided: { lastCheck: failed },
    empty: {
      size: 0,
      root: undefined,
      published: { file: '/data/checkpoints' },
      lastCheck: undefined,
      lastFullCheck: undefined,
    },
  }
  for (const [name, change] of Object.entries(changes)) {
    await page.route('**/api/v1/ledger', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, json: { ...(await answer.json()), ...change } })
    })
    await take(`ledger-${name}`)
    await page.unrouteAll({ behavior: 'wait' })
  }
  await page.goto('/')
}

/** The account's own language, changed the way the app does it. */
async function speak(page: Page, locale: string): Promise<void> {
  const { token } = (await (await page.request.get('/api/v1/csrf')).json()) as { token: string }
  const answer = await page.request.patch('/api/v1/users/me', {
    data: { locale },
    headers: { 'X-CSRF-Token': token, Origin: server.baseUrl },
  })
  if (!answer.ok()) throw new Error(`changing the language: ${answer.status()} ${await answer.text()}`)
}
