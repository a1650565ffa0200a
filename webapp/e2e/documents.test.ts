/** Documents and reading: what an author does, what a reader sees, in a real browser on real files. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { Server as Web } from 'node:http'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launch, Person } from './browser.ts'
import type { View } from './browser.ts'
import * as files from './files.ts'
import type { TestFile } from './files.ts'
import { startServer } from './server.ts'
import type { Server } from './server.ts'
import { accept, invite, setUp, uploadDocument as upload } from './steps.ts'

const views: View[] = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 390 },
]
// The frame of a text runs nothing, which the browser says when a check of accessibility tries to.
const sandboxed = /^Blocked script execution in/

describe('documents and reading', { concurrency: false }, () => {
  let server: Server
  let browser: Browser
  let web: Web
  let site: string
  let shown: TestFile
  let ada: Person
  let sam: Person

  before(async () => {
    shown = files.pdf('travel.pdf', 2)
    web = createServer((_, response) => {
      response.setHeader('Content-Type', shown.mimeType)
      response.end(shown.buffer)
    })
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
    const address = web.address()
    if (typeof address !== 'object' || address === null) throw new Error('no address')
    site = `http://127.0.0.1:${address.port}`
    server = await startServer(() =>
      Promise.resolve({ ACKIFY_FETCH: 'true', ACKIFY_FETCH_ALLOWED_HOSTS: `127.0.0.1:${address.port}` }),
    )
    browser = await launch()
    ada = await arrive({ theme: 'light', width: 1280 })
    await setUp(ada.page, server.setupUrl)
    const link = await invite(ada.page, 'sam.okafor@acme.example', 'Sam Okafor')
    sam = await arrive({ theme: 'light', width: 1280 })
    await accept(sam.page, link)
  })

  after(async () => {
    await ada.leave()
    await sam.leave()
    await browser.close()
    await server.stop()
    await new Promise((resolve) => web.close(resolve))
  })

  async function arrive(view: View): Promise<Person> {
    const person = await Person.arrive(browser, server.baseUrl, view)
    person.expected = sandboxed
    return person
  }

  const inspectEverywhere = (person: Person, place: string) => person.inspectIn(views, place)

  const acknowledge = (page: Page) => page.getByRole('button', { name: 'Acknowledge reading' })

  async function acknowledged(page: Page): Promise<void> {
    await acknowledge(page).click()
    await page.getByText('You have acknowledged').first().waitFor()
  }

  /** Waits until the reader has counted as many pages of a document as seen; a page must stay in view for a second. */
  async function read(page: Page, seen: number, pages: number): Promise<void> {
    const share = Math.round((seen / pages) * 100)
    await page.waitForFunction((least) => {
      const bar = document.querySelector('[role=progressbar][aria-label="Read so far"]')
      return Number(bar?.getAttribute('aria-valuenow')) >= least
    }, share)
  }

  it('lets an author upload a PDF that has to be read to its end', async () => {
    const { page } = ada
    const docId = await upload(page, files.pdf('Security_policy 2026.pdf', 6), async () => {
      const dialog = page.getByRole('dialog')
      await dialog.getByText('How it is read').click()
      await dialog.getByLabel('It must be read to the end').check()
      await inspectEverywhere(ada, 'the form of a new document')
    })
    await page.getByRole('heading', { level: 1, name: 'Security policy 2026' }).waitFor()
    await inspectEverywhere(ada, 'a document that one manages')

    for (const [index, view] of views.entries()) {
      const reader = index === 0 ? sam : ada
      await reader.show(view)
      await reader.page.goto(`/d/${docId}`)
      const layer = reader.page.locator('.textLayer').first()
      await layer.getByText('Section 1. Handling of personal data').waitFor()
      await reader.page.getByText('Content verified').first().waitFor({ state: 'attached' })
      assert.ok(await acknowledge(reader.page).isDisabled(), 'nobody signs what they have not read')
      await reader.inspect(`the reader of a PDF, ${view.theme}, ${view.width} px`)
      for (let number = 2; number <= 6; number++) {
        await read(reader.page, number - 1, 6)
        await reader.page.getByLabel('Page', { exact: true }).fill(String(number))
        await reader.page.keyboard.press('Enter')
        await reader.page.getByText(`Section ${number}. Handling`).waitFor()
      }
      await reader.page.waitForFunction(() =>
        [...document.querySelectorAll('button')].some(
          (button) =>
            button.textContent.includes('Acknowledge reading') &&
            !button.disabled &&
            button.getAttribute('aria-disabled') !== 'true',
        ),
      )
      await acknowledged(reader.page)
    }
    const answer = await sam.page.request.get(`/api/v1/documents/${docId}`)
    const { mySignature } = (await answer.json()) as { mySignature: { receiptUrl: string } }
    const receipt = await (await sam.page.request.get(mySignature.receiptUrl)).text()
    const envelope = JSON.parse(
      Buffer.from(/^extra (.+)$/m.exec(receipt)?.[1] ?? '', 'base64').toString(),
    ) as { payload: string }
    const { reading } = JSON.parse(Buffer.from(envelope.payload, 'base64').toString()) as {
      reading: Record<string, string>
    }
    assert.equal(reading.pages, '6')
    assert.equal(reading.pages_seen, '6')
    assert.ok(Number(reading.seconds) >= 5, 'the time with the page in view')
    assert.match(reading.displayed_checksum ?? '', /^[0-9a-f]{64}$/)
    await ada.show({ theme: 'light', width: 1280 })
  })

  it('finds words in a PDF', async () => {
    const { page } = ada
    const docId = await upload(page, files.pdf('find.pdf', 4))
    await page.goto(`/d/${docId}`)
    await page.getByText('Section 1. Handling of personal data').waitFor()
    await page
      .getByRole('button', { name: 'Find', exact: true })
      .or(page.getByRole('button', { name: 'Find in the document' }))
      .first()
      .click()
    await page.getByRole('searchbox').or(page.getByLabel('Find in the document')).last().fill('page 3 of 4')
    await page.keyboard.press('Enter')
    await page.getByText('1 of 1').waitFor()
    await page.getByRole('button', { name: 'Enlarge' }).click()
    await inspectEverywhere(ada, 'the search in a PDF')
  })

  for (const [kind, file] of Object.entries({
    'a Markdown file': files.markdown('rules.md'),
    'an HTML file': files.html('travel.html'),
    'a text file': files.text('conduct.txt'),
    'an image': files.png('escape-route.png', 800, 1200),
  })) {
    it(`shows ${kind}, and signs what was shown`, async () => {
      const docId = await upload(ada.page, file)
      const { page } = sam
      for (const view of views) {
        await sam.show(view)
        await page.goto(`/d/${docId}`)
        await page.getByText('Content verified').first().waitFor({ state: 'attached' })
        if (kind === 'an image') await page.locator('img[src^="blob:"]').waitFor()
        else await page.frameLocator('iframe').getByText('Removable media are encrypted').first().waitFor()
        await sam.inspect(`the reader of ${kind}, ${view.theme}, ${view.width} px`)
      }
      await sam.show({ theme: 'light', width: 1280 })
      assert.notEqual(await page.title(), 'run')
      await acknowledged(page)
    })
  }

  it('tells a reader that the document changed while they read it', async () => {
    const docId = await upload(ada.page, files.markdown('Pets.md'))
    const { page } = sam
    await page.goto(`/d/${docId}`)
    await page.getByText('Content verified').first().waitFor({ state: 'attached' })

    await ada.page.getByRole('button', { name: 'New revision' }).click()
    const dialog = ada.page.getByRole('dialog')
    await dialog.locator('input[type=file]').setInputFiles(files.markdown('Pets.md', 'Please be kind.'))
    await inspectEverywhere(ada, 'the form of a revision')
    await dialog.getByRole('button', { name: 'Open revision' }).click()
    await dialog.getByText('Please choose one of the two.').waitFor()
    await dialog.getByText('Everyone acknowledges again').click()
    await dialog.getByRole('button', { name: 'Open revision' }).click()
    await ada.page.getByText('Revision 2 is there').first().waitFor()

    await acknowledge(page).click()
    await page.getByText('There is a newer version of this document.').waitFor()
    await page.getByRole('button', { name: 'Load the new version' }).first().click()
    await page.frameLocator('iframe').getByText('Please be kind.').waitFor()
    await page.getByText('Content verified').first().waitFor({ state: 'attached' })
    await acknowledged(page)

    await ada.page.goto(`/documents/${docId}?tab=revisions`)
    await ada.page
      .getByRole('button', { name: /What changed/ })
      .first()
      .click()
    await ada.page.locator('ins', { hasText: 'Please be' }).waitFor()
    await inspectEverywhere(ada, 'what a revision changed')
  })

  it('watches an address, and lets a reader check a file', async () => {
    const { page } = ada
    const address = `${site}/files/Travel%20policy.pdf`
    await page.goto('/documents?new')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Web address').fill(address)
    await page.keyboard.press('Tab')
    await dialog.getByText('PDF').first().waitFor()
    await page.waitForFunction(() =>
      [...document.querySelectorAll('input')].some((input) => input.value === 'Travel policy'),
    )
    await inspectEverywhere(ada, 'what was found at an address')
    await dialog.getByRole('button', { name: 'Create document' }).click()
    await page.getByRole('heading', { level: 1, name: 'Travel policy' }).waitFor()
    const docId = new URL(page.url()).pathname.split('/').at(-1) ?? ''

    const reader = sam.page
    await reader.goto(`/?doc=${encodeURIComponent(`${address}?utm_source=wiki#top`)}`)
    await reader.waitForURL(`**/d/${docId}`)
    await reader.getByText('Section 1. Handling').waitFor()
    await reader.getByRole('button', { name: 'Check a file' }).click()
    const check = reader.getByRole('dialog')
    await check.locator('input[type=file]').setInputFiles(files.pdf('other.pdf', 3))
    await check.getByText('It is not this document').waitFor()
    await inspectEverywhere(sam, 'a file that is not the document')
    await check.locator('input[type=file]').setInputFiles(shown)
    await check.getByText('It is this document').waitFor()
    await inspectEverywhere(sam, 'a file that is the document')
    await reader.keyboard.press('Escape')

    shown = files.pdf('travel.pdf', 3)
    await page.goto(`/documents/${docId}?tab=integrity`)
    await page.getByRole('button', { name: 'Check now' }).click()
    await page.getByText('Its address shows something else by now').waitFor()
    await inspectEverywhere(ada, 'a document that changed elsewhere')
    await page.goto('/documents?state=changed')
    await page.getByRole('link', { name: 'Travel policy' }).first().waitFor()
    await inspectEverywhere(ada, 'documents that changed elsewhere')
  })

  it('deletes a document, and restores it', async () => {
    const docId = await upload(ada.page, files.text('Old rules.txt'))
    const { page } = ada
    await page.goto(`/documents/${docId}?tab=settings`)
    await inspectEverywhere(ada, 'the settings of a document')
    await page.getByRole('button', { name: 'Delete this document' }).click()
    await page
      .getByRole('dialog')
      .or(page.getByRole('alertdialog'))
      .getByRole('button', { name: 'Delete', exact: true })
      .click()
    await page.getByText('The document has been deleted').first().waitFor()
    await sam.page.goto(`/d/${docId}`)
    await sam.page
      .getByText(/deleted/)
      .first()
      .waitFor()
    await page.goto('/documents?state=deleted')
    await page.getByText('Old rules').first().waitFor()
    await inspectEverywhere(ada, 'deleted documents')
    await page
      .getByRole('button', { name: /Restore/ })
      .first()
      .click()
    await page.getByText('The document is there again').first().waitFor()
    await sam.page.goto(`/d/${docId}`)
    await sam.page.getByText('Content verified').first().waitFor({ state: 'attached' })
  })

  it('says what is wrong with a file', async () => {
    const { page } = ada
    await page.goto('/documents?new')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('File', { exact: true }).click()
    for (const [file, words] of [
      [
        { name: 'a.pdf', mimeType: 'application/pdf', buffer: Buffer.from('<html></html>') },
        'not what its name says',
      ],
      [
        { name: 'a.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg/>') },
        'Files of this type are not kept',
      ],
      [{ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) }, 'This file is empty'],
    ] as const) {
      await dialog.locator('input[type=file]').setInputFiles(file)
      await dialog.getByRole('button', { name: 'Create document' }).click()
      await dialog.getByText(words).first().waitFor()
    }
    await inspectEverywhere(ada, 'a file that is refused')
    assert.equal(ada.faults.length + sam.faults.length, 0)
    await page.goto('/')
  })
})
