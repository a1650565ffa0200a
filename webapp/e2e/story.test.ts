/** The whole story, from an empty server to a receipt that is checked offline, in every theme and width. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { launch, Person } from './browser.ts'
import type { View } from './browser.ts'
import { binary, startServer } from './server.ts'
import type { Server } from './server.ts'
import { accept, admin, createDocument, invite, logIn, logOut, password, setUp } from './steps.ts'

const run = promisify(execFile)
const views: View[] = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 1280 },
  { theme: 'light', width: 390 },
  { theme: 'dark', width: 390 },
]

describe('Ackify in a browser', () => {
  let server: Server
  let browser: Browser
  let ada: Person
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ackify-story-'))
    ;[server, browser] = await Promise.all([startServer(), launch()])
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const arrive = (view: View) => Person.arrive(browser, server.baseUrl, view)

  it('says how to begin, and makes the first administrator', async () => {
    ada = await arrive({ theme: 'light', width: 1280 })
    await ada.page.goto('/')
    await ada.page.getByText('Ackify is not set up yet').waitFor()
    await ada.inspect('the start page before the set-up')
    await ada.page.goto(server.setupUrl)
    await ada.page.getByRole('button', { name: 'Create administrator' }).click()
    await ada.page.getByText('Please fill this in.').first().waitFor()
    await ada.inspect('the set-up')
    await setUp(ada.page, server.setupUrl)
    await ada.inspect('the first page after the set-up')
  })

  for (const [index, view] of views.entries()) {
    it(`tells the whole story, ${view.theme}, ${view.width} px`, async () => {
      const reference = `https://intranet.acme.example/policies/security-${index}.html`
      const title = `Information security policy ${index}`
      const signer = { email: `sam.okafor+${index}@acme.example`, name: 'Sam Okafor' }

      await ada.page.setViewportSize({ width: view.width, height: 860 })
      await ada.page.emulateMedia({ colorScheme: view.theme })
      const docId = await createDocument(ada.page, reference, title)
      await ada.page.goto(`/documents/${docId}`)
      await ada.page.getByRole('heading', { name: 'Who has acknowledged' }).waitFor()
      await ada.inspect('a document of one’s own')
      const link = await invite(ada.page, signer.email, signer.name)
      await ada.inspect('a new invitation')
      await ada.page.getByRole('dialog').getByRole('button', { name: 'Close' }).first().click()
      await ada.inspect('people')
      await ada.page.goto('/documents')
      await ada.page.getByRole('link', { name: title, exact: true }).waitFor()
      await ada.inspect('documents')

      const sam = await arrive(view)
      const { page } = sam
      await page.goto(link)
      await page.getByRole('button', { name: 'Create my account' }).waitFor()
      await sam.inspect('an invitation')
      await accept(page, link)
      await sam.inspect('the start page of somebody new')
      await logOut(page)
      await sam.inspect('the login')

      await page.goto(`/?doc=${encodeURIComponent(reference)}`)
      await page.waitForURL(/\/login\?next=/)
      await logIn(page, signer.email, 'not my password')
      await page.getByRole('alert').getByText('Email and password do not match').waitFor()
      await logIn(page, signer.email)
      await page.waitForURL(`**/d/${docId}`)
      const answer = await page.request.get(`/api/v1/documents/${docId}`)
      const { statement } = (await answer.json()) as { statement: { text: string } }
      assert.equal((await page.getByTestId('statement').textContent())?.trim(), statement.text)
      await page.getByText('What exactly is signed?').click()
      await sam.inspect('the signing page')

      await page.getByRole('button', { name: 'Acknowledge reading' }).dblclick()
      await page.getByRole('heading', { name: `You have acknowledged ${title}` }).waitFor()
      await page.getByText(/entry \d+ of the ledger/).waitFor()
      await page.getByText(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} UTC/).waitFor()
      await sam.inspect('the done page')

      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download receipt' }).click(),
      ])
      const receipt = join(folder, `${index}.tlog-proof`)
      await download.saveAs(receipt)
      assert.match(download.suggestedFilename(), /\.tlog-proof$/)
      assert.ok((await readFile(receipt, 'utf8')).startsWith('c2sp.org/tlog-proof@v1'))
      const keys = join(folder, `${index}.json`)
      await writeFile(keys, await (await page.request.get('/ledger/keys')).text())
      await run(binary, ['verify', 'receipt', receipt, '--keys', keys])
      const [paper] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download certificate' }).click(),
      ])
      const certificate = join(folder, `${index}.pdf`)
      await paper.saveAs(certificate)
      assert.equal(paper.suggestedFilename(), download.suggestedFilename().replace('.tlog-proof', '.pdf'))
      await run(binary, ['verify', 'receipt', certificate, '--keys', keys])

      await page.reload()
      await page.getByRole('heading', { name: `You have acknowledged ${title}` }).waitFor()
      await page.getByRole('button', { name: 'See the document' }).click()
      await page.getByText('You have acknowledged this document').waitFor()
      await sam.inspect('the document, read again')

      await page.goto('/signatures')
      await page.getByRole('link', { name: title, exact: true }).waitFor()
      assert.equal(
        await page.getByRole('link', { name: /^Receipt/ }).count(),
        1,
        'a double click gives one signature',
      )
      await sam.inspect('my acknowledgements')
      await page.getByLabel('Search by title').fill('nothing like it')
      await page.getByText('Nothing found').waitFor()
      assert.match(page.url(), /q=nothing/)
      await page.goto('/account')
      await page.getByText('This one').waitFor()
      await sam.inspect('the account')
      await page.goto('/documents')
      await page.getByRole('heading', { name: 'This page is not open to you' }).waitFor()
      await sam.inspect('a page for others')

      await ada.page.goto(`/documents/${docId}`)
      await ada.page.getByText(signer.email).waitFor()
      await ada.inspect('who has acknowledged')
      await sam.leave()
    })
  }

  it('can be done with the keyboard alone', async () => {
    const docId = await createDocument(ada.page, 'keyboard-only', 'Read without a mouse')
    const kim = await arrive({ theme: 'light', width: 1280 })
    const { page } = kim
    await accept(page, await invite(ada.page, 'kim@acme.example', 'Kim Sato'))
    await page.goto(`/d/${docId}`)
    await page.getByRole('button', { name: 'Acknowledge reading' }).waitFor()
    await page.keyboard.press('Tab')
    assert.equal(
      await page
        .locator(':focus')
        .textContent()
        .then((text) => text?.trim()),
      'Skip to content',
    )
    await page.keyboard.press('Enter')
    assert.equal(await page.locator(':focus').getAttribute('id'), 'main')
    for (let presses = 0; presses < 20; presses++) {
      await page.keyboard.press('Tab')
      if ((await page.locator(':focus').textContent())?.trim() === 'Acknowledge reading') break
    }
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'You have acknowledged Read without a mouse' }).waitFor()
    assert.match((await page.locator(':focus').textContent()) ?? '', /You have acknowledged/)
    await kim.inspect('the done page, by keyboard')
    await page.setViewportSize({ width: 320, height: 640 })
    await kim.inspect('the done page, 320 px')
    await kim.leave()
  })

  it('signs for nobody else than the person on screen', async () => {
    const docId = await createDocument(ada.page, 'two-tabs', 'Two tabs, two people')
    const links = [
      await invite(ada.page, 'una@acme.example', 'Una Berg'),
      await invite(ada.page, 'vic@acme.example', 'Vic Moss'),
    ]
    const una = await arrive({ theme: 'light', width: 390 })
    const { page } = una
    await page.goto(`/d/${docId}`)
    await page.waitForURL(/\/login\?next=/)
    await page.goto(links[0]!)
    await page.getByText(`${admin.name} invites you to Acme Industries.`).waitFor()
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Create my account' }).click()
    await page.waitForURL(`**/d/${docId}`)
    await page.getByText('You acknowledge as Una Berg').waitFor()

    const other = await una.context.newPage()
    await other.goto('/')
    await logOut(other)
    await accept(other, links[1]!)
    await page.getByText('You acknowledge as Una Berg').waitFor()
    await page.getByRole('button', { name: 'Acknowledge reading' }).click()
    await page.getByText('You are now logged in as somebody else in this browser').waitFor()
    await page.getByText('You acknowledge as Vic Moss').waitFor()
    await una.inspect('the document, shown to somebody else')
    const signatureOf = async (person: Person) => {
      const answer = await person.page.request.get(`/api/v1/documents/${docId}`)
      return ((await answer.json()) as { mySignature?: { userEmail: string } }).mySignature?.userEmail
    }
    const unaElsewhere = await arrive({ theme: 'light', width: 1280 })
    await unaElsewhere.page.goto(`/login?next=/d/${docId}`)
    await logIn(unaElsewhere.page, 'una@acme.example')
    await unaElsewhere.page.getByRole('button', { name: 'Acknowledge reading' }).waitFor()
    assert.equal(await signatureOf(una), undefined, 'nothing is signed for the person logged in')
    assert.equal(await signatureOf(unaElsewhere), undefined, 'nothing is signed for the person before')

    await page.getByRole('button', { name: 'Acknowledge reading' }).click()
    await page.getByRole('heading', { name: 'You have acknowledged Two tabs, two people' }).waitFor()
    assert.equal(await signatureOf(una), 'vic@acme.example')
    assert.equal(await signatureOf(unaElsewhere), undefined)
    await unaElsewhere.leave()
    await una.leave()
  })

  it('says that the session has ended, and loses nothing that was being written', async () => {
    const { page } = ada
    await page.goto('/documents')
    await page.getByRole('button', { name: 'New document' }).click()
    await page.getByText('Reference', { exact: true }).click()
    await page.getByLabel('Address or reference').fill('written-before-the-end')
    await ada.context.clearCookies()
    await page.getByRole('button', { name: 'Create document' }).click()
    await page.getByText('Your session has ended').waitFor()
    await ada.inspect('the login after the session has ended')
    await logIn(page, admin.email)
    await page.getByRole('dialog').waitFor()
    assert.equal(await page.getByLabel('Address or reference').inputValue(), 'written-before-the-end')
    await page.getByRole('button', { name: 'Cancel' }).click()
  })

  it('does not offer the set-up twice', async () => {
    await ada.page.goto('/setup')
    await ada.page.getByRole('heading', { name: 'Ackify is set up already' }).waitFor()
    await ada.inspect('the set-up, done already')
  })

  it('sends nobody to another site after logging in', async () => {
    const eve = await arrive({ theme: 'light', width: 1280 })
    await eve.page.goto('/login?next=//evil.example/')
    await logIn(eve.page, admin.email)
    await eve.page.getByRole('heading', { level: 1, name: 'To read' }).waitFor()
    assert.equal(new URL(eve.page.url()).origin, server.baseUrl)
    await eve.leave()
  })

  it('explains what cannot be found', async () => {
    const lee = await arrive({ theme: 'dark', width: 390 })
    const { page } = lee
    const link = await invite(ada.page, 'lee@acme.example', 'Lee Park')
    await accept(page, link)
    await page.goto('/d/no-such-document')
    await page.getByText('There is no such document.').waitFor()
    await lee.inspect('an unknown document')
    await page.goto('/?doc=never-heard-of-it')
    await page.getByText('never-heard-of-it').waitFor()
    await page.getByText('Ask the person who sent you this link').waitFor()
    await lee.inspect('an unknown reference')
    await page.goto('/nowhere/at/all')
    await page.getByRole('heading', { name: 'This page does not exist' }).waitFor()
    await lee.inspect('an unknown page')
    await logOut(page)
    await page.goto(link)
    await page.getByText('This invitation is unknown, expired, withdrawn or already used.').waitFor()
    await lee.inspect('a used invitation')
    await lee.leave()
  })

  it('withdraws an invitation, naming it', async () => {
    const link = await invite(ada.page, 'gone@acme.example', '')
    await ada.page.goto('/admin/people')
    await ada.page.getByRole('button', { name: 'Withdraw gone@acme.example' }).click()
    const dialog = ada.page.getByRole('alertdialog')
    await dialog.getByText('Withdraw the invitation for gone@acme.example?').waitFor()
    await ada.inspect('the question before withdrawing')
    await dialog.getByRole('button', { name: 'Withdraw' }).click()
    await ada.page.getByText('The invitation for gone@acme.example is withdrawn').waitFor()
    const max = await arrive({ theme: 'light', width: 1280 })
    await max.page.goto(link)
    await max.page.getByText('This invitation is unknown').waitFor()
    await max.leave()
  })

  it('speaks the language of the browser, and of the account', async () => {
    const uwe = await arrive({ theme: 'light', width: 390, locale: 'de-DE' })
    const { page } = uwe
    await page.goto('/login')
    await page.getByRole('heading', { name: 'Anmelden' }).waitFor()
    assert.equal(await page.locator('html').getAttribute('lang'), 'de')
    await uwe.inspect('the German login')
    await page.getByLabel('E-Mail').fill(admin.email)
    await page.getByLabel('Passwort', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Anmelden' }).click()
    await page.getByRole('heading', { level: 1, name: 'To read' }).waitFor()
    await uwe.leave()
  })
})
