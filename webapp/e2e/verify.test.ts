/** A real receipt, checked in the browser with the network cut, and after the page is opened again without one. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launch, Person } from './browser.ts'
import type { View } from './browser.ts'
import { startServer } from './server.ts'
import type { Server } from './server.ts'
import { acknowledge, createDocument, downloadReceipt, forge, setUp, verify } from './steps.ts'

const title = 'Information security policy'
// A browser without a network says so in its console.
const cut = /ERR_INTERNET_DISCONNECTED|Failed to load resource: net::/

describe('Verifying in a browser', () => {
  let server: Server
  let browser: Browser
  let folder: string
  let receipt: string
  let forged: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ackify-verify-'))
    ;[server, browser] = await Promise.all([startServer(), launch()])
    const ada = await arrive({ theme: 'light', width: 1280 })
    await setUp(ada.page, server.setupUrl)
    await createDocument(ada.page, 'https://intranet.acme.example/security', title)
    await acknowledge(ada.page)
    receipt = join(folder, 'policy.tlog-proof')
    await downloadReceipt(ada.page, receipt)
    forged = join(folder, 'forged.tlog-proof')
    await writeFile(forged, forge(await readFile(receipt, 'utf8')))
    await ada.page.getByRole('link', { name: 'Verify it yourself' }).click()
    await verify(ada.page, receipt, 'Proven')
    await ada.inspect('a proven receipt, logged in')
    await ada.leave()
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const arrive = (view: View) => Person.arrive(browser, server.baseUrl, view)
  const offline = async (person: Person, is: boolean) => {
    person.expected = is ? cut : undefined
    await person.context.setOffline(is)
  }

  for (const view of [
    { theme: 'light', width: 1280 },
    { theme: 'dark', width: 1280 },
    { theme: 'light', width: 390 },
    { theme: 'dark', width: 390 },
  ] satisfies View[]) {
    it(`works without a network, ${view.theme}, ${view.width} px`, async () => {
      const vera = await arrive(view)
      const { page } = vera
      await page.goto('/')
      await page.getByRole('link', { name: 'Verify a receipt' }).click()
      await page.getByText('Keys in use: those of this site').waitFor()
      await vera.inspect('the empty verify page')
      await page.getByTestId('offline').waitFor()

      await offline(vera, true)
      await verify(page, receipt, 'Proven')
      await page.getByText(`Ada Lindqvist acknowledged having read “${title}”.`, { exact: true }).waitFor()
      await page.getByText(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} UTC/).waitFor()
      await vera.inspect('a proven receipt')

      await page.reload()
      await page.getByText(/as remembered on/).waitFor()
      await verify(page, receipt, 'Proven')
      await page.getByRole('combobox', { name: 'Language' }).selectOption('de')
      await page.getByRole('heading', { name: 'Bewiesen' }).waitFor()
      await vera.inspect('a proven receipt in German, opened without a network')
      await page.getByRole('combobox', { name: 'Sprache' }).selectOption('en')

      await verify(page, forged, 'Not valid')
      await vera.inspect('a forged receipt')
      assert.equal(await page.locator('[data-verdict=valid]').count(), 0)
      await vera.leave()
    })
  }

  it('is the only page that is kept', async () => {
    const vera = await arrive({ theme: 'light', width: 1280 })
    const { page } = vera
    await page.goto('/verify')
    await page.getByTestId('offline').waitFor()
    const kept = await page.evaluate(async () => {
      const cache = await caches.open('ackify-verify')
      return (await cache.keys()).map((request) => new URL(request.url).pathname)
    })
    assert.deepEqual(kept.filter((path) => !path.startsWith('/assets/')).sort(), [
      '/favicon.svg',
      '/theme.js',
      '/verify',
    ])
    await offline(vera, true)
    for (const path of ['/', '/login', '/verify-this', '/api/v1/health']) {
      const other = await vera.context.newPage()
      await assert.rejects(other.goto(path), /ERR_INTERNET_DISCONNECTED/, path)
      await other.close()
    }
    await page.goto('/verify?again')
    await page.getByRole('heading', { level: 1, name: 'Verify an acknowledgement' }).waitFor()
    await offline(vera, false)
    await page.goto('/login')
    await page.getByRole('heading', { level: 1, name: 'Log in' }).waitFor()
    await vera.inspect('another page, with the network again')
    await vera.leave()
  })

  it('gives the same verdicts without WebCrypto’s Ed25519, and without WebCrypto', async () => {
    for (const missing of ['importKey', 'everything']) {
      const vera = await arrive({ theme: 'light', width: 1280 })
      await vera.page.addInitScript((what) => {
        if (what === 'importKey')
          crypto.subtle.importKey = () => Promise.reject(new Error('unknown algorithm'))
        else Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })
      }, missing)
      await vera.page.goto('/verify')
      await vera.page.getByTestId('offline').waitFor()
      await offline(vera, true)
      await verify(vera.page, receipt, 'Proven')
      await verify(vera.page, forged, 'Not valid')
      await vera.inspect(`a receipt verified without ${missing}`)
      await vera.leave()
    }
  })

  it('can be used with the keyboard alone, by dropping and by pasting', async () => {
    const vera = await arrive({ theme: 'light', width: 1280 })
    const { page } = vera
    await page.goto('/verify')
    await page.getByText('Keys in use: those of this site').waitFor()
    const chooser = page.waitForEvent('filechooser')
    for (let presses = 0; presses < 12; presses++) {
      await page.keyboard.press('Tab')
      if ((await page.locator(':focus').getAttribute('type')) === 'file') break
    }
    await page.keyboard.press('Enter')
    await (await chooser).setFiles(receipt)
    await page.getByRole('heading', { name: 'Proven' }).waitFor()
    assert.equal(await page.locator(':focus').textContent(), 'Proven')
    await drop(page, await readFile(forged, 'utf8'))
    await page.getByRole('heading', { name: 'Not valid' }).waitFor()
    await page.evaluate(
      (text) => {
        const clipboardData = new DataTransfer()
        clipboardData.setData('text/plain', text)
        document.dispatchEvent(new ClipboardEvent('paste', { clipboardData }))
      },
      await readFile(receipt, 'utf8'),
    )
    await page.getByRole('heading', { name: 'Proven' }).waitFor()
    await page.setViewportSize({ width: 320, height: 640 })
    await vera.inspect('a proven receipt, 320 px')
    await vera.leave()
  })
})

async function drop(page: Page, content: string): Promise<void> {
  await page.evaluate((text) => {
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File([text], 'dropped.tlog-proof'))
    document
      .querySelector('h1')
      ?.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }))
  }, content)
}
