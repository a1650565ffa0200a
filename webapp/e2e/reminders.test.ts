/** Reminders: by hand, by schedule, in the recipient's language, to people who are then let in; and what becomes of each. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launch, Person } from './browser.ts'
import type { View } from './browser.ts'
import { codeIn, linkIn, startMailbox } from './mailbox.ts'
import type { Mailbox } from './mailbox.ts'
import { startServer } from './server.ts'
import type { Server } from './server.ts'
import { accept, acknowledge, admin, createDocument, setUp } from './steps.ts'

const views: View[] = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 390 },
]
const [desktop, phone] = views as [View, View]
// Nothing runs in the frame of an email, which the browser says when a check of accessibility tries to.
const sandboxed = /^Blocked script execution in/
const sam = { email: 'sam.okafor@acme.example', name: 'Sam Okafor' }
const noor = { email: 'noor.haddad@acme.example', name: 'Noor Haddad' }
const ghost = { email: 'ghost@acme.example', name: '' }

describe('Reminding people', { concurrency: false }, () => {
  let mailbox: Mailbox
  let server: Server
  let browser: Browser
  let ada: Person
  let docId: string

  before(async () => {
    mailbox = await startMailbox()
    mailbox.unknown.add(ghost.email)
    server = await startServer(() =>
      Promise.resolve({
        ...mailbox.env,
        ACKIFY_REGISTRATION: 'acme.example',
        ACKIFY_TIME_ZONE: 'Europe/Paris',
      }),
    )
    browser = await launch()
    ada = await arrive(desktop)
    await setUp(ada.page, server.setupUrl)
    await join(ada.page, sam)
    docId = await createDocument(ada.page, 'https://intranet.acme.example/security', 'Security policy')
    await send(ada.page, 'post', `/documents/${docId}/signers`, { signers: [sam, noor, ghost] })
  })

  after(async () => {
    await browser?.close()
    await server?.stop()
    await mailbox?.stop()
  })

  async function arrive(view: View): Promise<Person> {
    const person = await Person.arrive(browser, server.baseUrl, view)
    person.expected = sandboxed
    return person
  }

  /** A change by the API, in the name of whom the page shows. */
  async function send(page: Page, method: 'post' | 'patch', path: string, data: object): Promise<void> {
    const { token } = (await (await page.request.get('/api/v1/csrf')).json()) as { token: string }
    const answer = await page.request[method](`/api/v1${path}`, {
      data,
      headers: { 'X-CSRF-Token': token, Origin: server.baseUrl },
    })
    assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`)
  }

  /** Somebody with an account, who reads German. */
  async function join(page: Page, { email, name }: { email: string; name: string }): Promise<void> {
    await send(page, 'post', '/invitations', { email, name, role: 'signer' })
    const person = await arrive(desktop)
    await accept(person.page, linkIn(await mailbox.take(email), '/invite'))
    await send(person.page, 'patch', '/users/me', { locale: 'de' })
    await person.leave()
  }

  const everywhere = (person: Person, place: string) => person.inspectIn(views, place)

  const reminders = async (page: Page) => {
    await page.goto(`/documents/${docId}?tab=reminders`)
    await page.getByRole('heading', { name: 'Remind now' }).waitFor()
  }
  const row = (page: Page, email: string, status: string) =>
    page.getByRole('row').filter({ hasText: email }).filter({ hasText: status }).first()

  it('shows every email before it is sent', async () => {
    const { page } = ada
    await reminders(page)
    const mail = page.frameLocator('iframe')
    await mail.getByRole('heading').waitFor()
    const look = await mail.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor)
    assert.notEqual(look, 'rgba(0, 0, 0, 0)', 'the email has its own look')
    await page.getByLabel('Language', { exact: true }).selectOption('de')
    for (const kind of ['overdue', 'escalation', 'completed', 'reminder']) {
      await Promise.all([
        kind === 'reminder' || page.waitForResponse((answer) => answer.url().includes(`kind=${kind}`)),
        page.getByLabel('Email', { exact: true }).selectOption(kind),
      ])
    }
    await mail.getByText('Lesen').first().waitFor()
    await everywhere(ada, 'the reminders of a document')
    await page.getByText('Text only').click()
    await page.getByText(`${server.baseUrl}/d/${docId}`).first().waitFor()
  })

  it('reminds all who are missing, each in their language, after asking once', async () => {
    const { page } = ada
    await reminders(page)
    await page.getByText('3 people are missing.').waitFor()
    await page.getByRole('button', { name: 'Remind 3 people' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Language for those who have no account yet').selectOption('fr')
    await everywhere(ada, 'the question before reminding')
    await dialog.getByRole('button', { name: 'Send 3 reminders' }).click()
    await dialog.getByText('3 reminders are on their way.').waitFor()
    await everywhere(ada, 'what became of reminding')
    await dialog.getByRole('button', { name: 'Done' }).click()
    const [german, french] = [await mailbox.take(sam.email), await mailbox.take(noor.email)]
    assert.match(german.text, /Lesen und bestätigen|bestätigen/)
    assert.match(french.text, /confirmer|lecture/)
    for (const email of [sam.email, noor.email]) await row(page, email, 'Sent').waitFor()
    await row(page, ghost.email, 'Failed').waitFor()
    await everywhere(ada, 'what was sent')
  })

  it('lets in whoever opens the link, by one button, and the address stays out of every address bar', async () => {
    const letter = mailbox.letters.find(({ to }) => to === noor.email)!
    const link = letter.text.split(/\s+/).find((word) => word.includes(`/d/${docId}`))!
    assert.match(link, /#email=noor\.haddad/)
    const person = await arrive(phone)
    const { page } = person
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.goto(link)
    const offer = page.getByRole('button', { name: `Send a link to ${noor.email}` })
    await offer.waitFor()
    assert.ok(!page.url().includes('noor'), page.url())
    await person.inspect('the offer of a link')
    await page.reload()
    await offer.click()
    await page.getByLabel('Code from the mail').fill(codeIn(await mailbox.take(noor.email)))
    await page.waitForURL(`${server.baseUrl}/d/${docId}`)
    await acknowledge(page)
    assert.deepEqual(
      asked.filter((url) => url.includes('noor')),
      [],
    )
    await person.leave()
  })

  it('leaves out who has signed', async () => {
    const { page } = ada
    await reminders(page)
    await page.getByText('2 people are missing.').waitFor()
    const before = mailbox.letters.length
    await page.getByRole('button', { name: 'Remind 2 people' }).click()
    await page.getByRole('button', { name: 'Send 2 reminders' }).click()
    await page.getByRole('dialog').getByText('2 reminders are on their way.').waitFor()
    await mailbox.take(sam.email)
    assert.deepEqual(
      mailbox.letters.slice(before).map(({ to }) => to),
      [sam.email],
    )
  })

  it('shows the author each email of the document, why it failed, and sends it again', async () => {
    const { page } = ada
    await reminders(page)
    await row(page, ghost.email, 'Failed').getByRole('link', { name: 'Show the email' }).click()
    await page.getByText('There is no such address.').first().waitFor()
    await page.frameLocator('iframe').getByRole('heading').waitFor()
    await everywhere(ada, 'an email about a document that failed')
    const attempts = page.getByRole('table', { name: 'Attempts that failed' }).getByRole('row')
    assert.equal(await attempts.count(), 2)
    await page.getByRole('button', { name: 'Send it again' }).click()
    await attempts.nth(2).waitFor()
    await page
      .getByRole('navigation', { name: 'Path' })
      .getByRole('link', { name: 'Security policy' })
      .click()
    await page.getByRole('heading', { name: 'Remind now' }).waitFor()
  })

  it('shows the mail that failed, why, and sends it again', async () => {
    const { page } = ada
    await page.goto('/admin/emails')
    await page.getByRole('heading', { level: 1, name: 'Emails' }).waitFor()
    await row(page, ghost.email, 'Failed').waitFor()
    await everywhere(ada, 'the email queue')
    await page.getByRole('navigation', { name: 'Emails by state' }).getByText('Failed').click()
    await page.waitForURL(/status=failed/)
    await row(page, sam.email, 'Sent').waitFor({ state: 'detached' })
    await row(page, ghost.email, 'Failed').getByRole('link').click()
    await page.getByText('There is no such address.').first().waitFor()
    await page.getByText('no such user here').first().waitFor()
    await everywhere(ada, 'an email that failed')
    mailbox.unknown.clear()
    await page.getByRole('button', { name: 'Send it again' }).click()
    await mailbox.take(ghost.email)
    await page.locator('dl').getByText('Sent', { exact: true }).first().waitFor()
  })

  it('keeps a schedule, and says what will happen', async () => {
    const { page } = ada
    await reminders(page)
    const enabled = page.getByLabel('Remind by itself')
    await enabled.check()
    await page.getByLabel('Days before the deadline').fill('7, 1')
    await page.getByLabel('Days after the deadline', { exact: true }).fill('x')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Not a number of days from 1 to 365: x').waitFor()
    await page.getByLabel('Days after the deadline', { exact: true }).fill('3')
    await page.getByLabel('Tell a manager').check()
    await page.getByLabel('Email of the manager').fill('boss@acme.example')
    await everywhere(ada, 'the schedule of a document')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The schedule is saved').waitFor()
    await reminders(page)
    await page.getByText('7 and 1 days before the deadline').waitFor()
    await page
      .getByText(/Europe\/Paris\)/)
      .first()
      .waitFor()
    await page.getByText('boss@acme.example is told once').waitFor()
  })

  it('keeps groups of people', async () => {
    const { page } = ada
    await page.goto('/admin/groups')
    await page.getByText('There are no groups').waitFor()
    await page.getByRole('button', { name: 'New group' }).click()
    await page.getByLabel('Name').fill('Sales Paris')
    await page.getByRole('button', { name: 'Create group' }).click()
    await page.getByRole('heading', { level: 1, name: 'Sales Paris' }).waitFor()
    await page.getByText('Nobody is in this group').waitFor()
    await page.getByRole('button', { name: 'Add people' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('People').fill(`${noor.name} <${noor.email}>\nnonsense\n${sam.email}`)
    await dialog.getByRole('button', { name: 'Add 3 people' }).click()
    await dialog.getByRole('listitem').filter({ hasText: 'nonsense' }).waitFor()
    await everywhere(ada, 'people who are not taken into a group')
    await dialog.getByLabel('People').fill(`${noor.name} <${noor.email}>\n${sam.email}`)
    await dialog.getByRole('button', { name: 'Add 2 people' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText(noor.name).first().waitFor()
    await everywhere(ada, 'a group')
    await page.getByRole('button', { name: `Remove ${sam.email}` }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('cell', { name: sam.email }).first().waitFor({ state: 'detached' })
    await page.goto('/admin/groups')
    await page.getByText('1 person').waitFor()
    await everywhere(ada, 'the groups')
    await page.getByRole('link', { name: 'Sales Paris' }).click()
    await page.getByRole('button', { name: 'Delete group' }).click()
    await page.getByRole('alertdialog').getByText('stays asked').waitFor()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete group' }).click()
    await page.getByText('There are no groups').waitFor()
  })

  it('says plainly that no mail is sent where there is no mail server', async () => {
    const silent = await startServer()
    const person = await Person.arrive(browser, silent.baseUrl, desktop)
    person.expected = sandboxed
    try {
      await setUp(person.page, silent.setupUrl)
      const id = await createDocument(person.page, 'handbook', 'Employee handbook')
      await person.page.goto(`/documents/${id}?tab=reminders`)
      await person.page.getByText('This server sends no mail').waitFor()
      await person.page.frameLocator('iframe').getByText('Employee handbook').first().waitFor()
      assert.equal(await person.page.getByRole('button', { name: /^Remind/ }).count(), 0)
      await everywhere(person, 'reminders without a mail server')
      await person.page.goto('/admin/emails')
      await person.page.getByText('No emails').waitFor()
      await everywhere(person, 'the queue without a mail server')
    } finally {
      await person.leave()
      await silent.stop()
    }
  })

  it('finds nothing wrong in the console', () => assert.deepEqual(ada.faults, [], admin.email))
})
