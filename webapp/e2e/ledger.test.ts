/** The ledger as administrators and auditors see it, and a person who asks to be forgotten. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { launch, Person } from './browser.ts'
import type { View } from './browser.ts'
import { startServer } from './server.ts'
import type { Server } from './server.ts'
import { accept, admin, createDocument, invite, logIn, setUp } from './steps.ts'

const views: View[] = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 1280 },
  { theme: 'light', width: 390 },
  { theme: 'dark', width: 390 },
]
const signer = { email: 'sam.okafor@acme.example', name: 'Sam Okafor' }

describe('The ledger in a browser', () => {
  let server: Server
  let browser: Browser
  let ada: Person
  let docId: string
  let receipt: string
  before(async () => {
    ;[server, browser] = await Promise.all([startServer(), launch()])
    ada = await Person.arrive(browser, server.baseUrl, views[0]!)
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  /** The same page in every theme and width. */
  const inspectEverywhere = (place: string) => ada.inspectIn(views, place)

  async function check(): Promise<void> {
    const ended = ada.page.waitForResponse(async (response) => {
      if (!response.url().endsWith('/api/v1/ledger')) return false
      const state = (await response.json()) as { running?: object; lastFullCheck?: object }
      return !state.running && state.lastFullCheck !== undefined
    })
    await ada.page.getByRole('button', { name: 'Check now' }).click()
    await ended
  }

  it('is empty at first', async () => {
    await setUp(ada.page, server.setupUrl)
    await ada.page.getByRole('link', { name: 'Ledger' }).click()
    await ada.page.getByRole('heading', { name: 'The ledger has no entry yet.' }).waitFor()
    await inspectEverywhere('the empty ledger')
  })

  it('is checked when an administrator asks, and says what was found', async () => {
    docId = await createDocument(ada.page, 'handbook-2026', 'Employee handbook')
    const sam = await Person.arrive(browser, server.baseUrl, views[0]!)
    await accept(sam.page, await invite(ada.page, signer.email, signer.name))
    await sam.page.goto(`/d/${docId}`)
    await sam.page.getByRole('button', { name: 'Acknowledge reading' }).click()
    const link = sam.page.getByRole('link', { name: 'Download receipt' })
    receipt = (await link.getAttribute('href')) ?? ''
    assert.equal((await sam.page.request.get(receipt)).status(), 200)
    await sam.page.goto('/admin/ledger')
    await sam.page.getByRole('heading', { name: 'This page is not open to you' }).waitFor()
    await sam.leave()

    await ada.page.goto('/admin/ledger')
    await check()
    await ada.page
      .getByRole('heading', { name: 'The ledger is intact and continues what was published' })
      .waitFor()
    await ada.page.getByText(/^Entries checked: \d+, 0 erased$/).waitFor()
    await ada.page.getByRole('heading', { name: 'Last check Intact' }).waitFor()
    await inspectEverywhere('the ledger')
    const downloads: [string, RegExp][] = [
      ['Download the keys', /"vkey"/],
      ['Download the newest checkpoint', /\n— .*\/ledger /],
    ]
    for (const [name, content] of downloads) {
      const href = await ada.page.getByRole('link', { name }).getAttribute('href')
      assert.match(await (await ada.page.request.get(href ?? '')).text(), content)
    }
  })

  it('shows how far a long check is', async () => {
    const begun = {
      id: 99,
      state: 'running',
      since: 0,
      size: 120_000,
      erased: 0,
      startedAt: '2026-11-21T03:00:00Z',
    }
    await ada.page.route('**/api/v1/ledger', async (route) => {
      const answer = await route.fetch()
      const state = (await answer.json()) as object
      await route.fulfill({ response: answer, json: { ...state, running: { ...begun, checked: 45_000 } } })
    })
    await ada.page.goto('/admin/ledger')
    await ada.page.getByRole('progressbar', { name: 'The ledger is being checked' }).waitFor()
    await ada.page.getByText('45,000 of 120,000 entries').waitFor()
    await inspectEverywhere('a check under way')
    await ada.page.unrouteAll({ behavior: 'wait' })
  })

  it('is loud when it is wrong, and says what to do', async () => {
    const found = { code: 'entry.column', seq: 3, detail: 'column type says "x", the signed statement "y"' }
    for (const status of ['inconsistent', 'disproven']) {
      await ada.page.route('**/api/v1/ledger', async (route) => {
        const answer = await route.fetch()
        const state = (await answer.json()) as { lastCheck: object }
        const lastCheck =
          status === 'disproven' ? { ...state.lastCheck, ...found, state: status } : state.lastCheck
        await route.fulfill({ response: answer, json: { ...state, status, reason: 'found so', lastCheck } })
      })
      await ada.page.goto('/admin/ledger')
      await ada.page.getByRole('heading', { name: 'What to do' }).waitFor()
      await inspectEverywhere(`the ledger, ${status}`)
      await ada.page.unrouteAll({ behavior: 'wait' })
    }
  })

  it('takes a request to be forgotten, which the operator carries out', async () => {
    const { page } = ada
    await page.goto('/admin/people')
    await page.getByRole('button', { name: `Request erasure… ${signer.email}` }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Every other proof stays valid.').waitFor()
    await dialog.getByRole('button', { name: 'File the request' }).click()
    await dialog.getByText('Please fill this in.').waitFor()
    await inspectEverywhere('the request to be forgotten')
    await dialog.getByLabel('Reason').fill('Asked for it after leaving')
    await dialog.getByRole('button', { name: 'File the request' }).click()
    const command = `ackify user erase --email ${signer.email}`
    await page.getByText(command, { exact: true }).waitFor()
    await inspectEverywhere('people, with an open request')

    await page.getByRole('button', { name: 'For an address without account…' }).click()
    await dialog.getByLabel('Email').fill('nobody@acme.example')
    await dialog.getByLabel('Reason').fill('Asked for it')
    await dialog.getByRole('button', { name: 'File the request' }).click()
    await dialog.getByText('Nothing here is about this address.').waitFor()
    await dialog.getByLabel('Email').fill(signer.email)
    await dialog.getByRole('button', { name: 'File the request' }).click()
    await dialog.getByText('There is an open request for this address already.').waitFor()
    await dialog.getByLabel('Email').fill(admin.email)
    await dialog.getByRole('button', { name: 'File the request' }).click()
    await dialog.getByText('This is the only administrator.').waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()

    assert.match(await server.run(...command.split(' ').slice(1), '--yes'), /is erased/)
    await page.goto('/admin/people')
    const requests = page.getByRole('table', { name: 'Requests to be forgotten' })
    await requests.getByText('Carried out').waitFor()
    await requests.getByText('1 entry erased').waitFor()
    await page.getByRole('table', { name: 'Accounts' }).getByText('Erased person').waitFor()
    assert.equal(await page.getByText(signer.email).count(), 0)
    assert.equal(await page.getByRole('button', { name: /^Request erasure/ }).count(), 1)
    await inspectEverywhere('people, one of them erased')
  })

  it('keeps every proof without the person', async () => {
    const { page } = ada
    await page.goto(`/documents/${docId}`)
    const signers = page.getByRole('table', { name: 'Who has acknowledged' })
    await signers.getByText('Erased person').waitFor()
    await signers.getByText('content erased').waitFor()
    assert.equal(await signers.getByRole('link').count(), 0)
    await inspectEverywhere('who has acknowledged, one of them erased')
    assert.equal((await page.request.get(receipt)).status(), 410)

    await page.goto('/admin/ledger')
    await check()
    await page.getByText(/^Entries checked: \d+, 1 erased$/).waitFor()
    await page.getByRole('heading', { name: /^The ledger is intact/ }).waitFor()
    assert.match(await server.run('verify', 'ledger'), /intact, 1 erased/)
  })

  it('can be withdrawn before that, and lets an auditor only read', async () => {
    const { page } = ada
    await accept(
      (await Person.arrive(browser, server.baseUrl, views[0]!)).page,
      await invite(page, 'kim@acme.example', 'Kim Sato'),
    )
    await page.goto('/admin/people')
    await page.getByRole('button', { name: 'Request erasure… kim@acme.example' }).click()
    await page.getByRole('dialog').getByLabel('Reason').fill('Asked for it')
    await page.getByRole('button', { name: 'File the request' }).click()
    await page.getByRole('button', { name: 'Withdraw kim@acme.example' }).click()
    const question = page.getByRole('alertdialog')
    await question.getByText('Withdraw the request about kim@acme.example?').waitFor()
    await inspectEverywhere('the question before withdrawing a request')
    await question.getByRole('button', { name: 'Withdraw' }).click()
    await page.getByText('The request about kim@acme.example is withdrawn').waitFor()

    await server.run('user', 'set-role', '--email', 'kim@acme.example', '--role', 'auditor')
    const kim = await Person.arrive(browser, server.baseUrl, views[0]!)
    await kim.page.goto('/login?next=/admin/ledger')
    await logIn(kim.page, 'kim@acme.example')
    await kim.page.getByRole('heading', { name: /^The ledger is intact/ }).waitFor()
    assert.equal(await kim.page.getByRole('button', { name: 'Check now' }).count(), 0)
    await kim.page.getByRole('link', { name: 'People' }).click()
    await kim.page.getByRole('table', { name: 'Requests to be forgotten' }).waitFor()
    assert.equal(await kim.page.getByRole('button', { name: /erasure|Withdraw/ }).count(), 0)
    await kim.inspect('people, for an auditor')
  })
})
