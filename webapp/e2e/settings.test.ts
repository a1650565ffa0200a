/** The settings as an administrator sees and tries them. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { launch, Person } from './browser.ts'
import type { View } from './browser.ts'
import { startServer } from './server.ts'
import type { Server } from './server.ts'
import { setUp } from './steps.ts'

const views: View[] = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 1280 },
  { theme: 'light', width: 390 },
  { theme: 'dark', width: 390 },
]

describe('The settings in a browser', () => {
  let server: Server
  let browser: Browser
  let ada: Person
  before(async () => {
    ;[server, browser] = await Promise.all([startServer(), launch()])
    ada = await Person.arrive(browser, server.baseUrl, views[0]!)
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  it('show what is in force, and no secret', async () => {
    await setUp(ada.page, server.setupUrl)
    await ada.page.goto('/admin/settings')
    const row = ada.page.getByRole('row', { name: /ACKIFY_ORGANISATION/ })
    await row.getByText('Acme Industries').waitFor()
    await row.getByText('environment').waitFor()
    await ada.page
      .getByRole('row', { name: /ACKIFY_SIGNING_KEY/ })
      .getByText('data directory')
      .waitFor()
    await ada.inspectIn(views, 'the settings')
  })

  it('are tried, and say the same as the doctor on the server', async () => {
    await ada.page.getByRole('button', { name: 'Run all checks' }).click()
    await ada.page.getByText('Nothing is wrong, but there are warnings.').waitFor()
    const found = ada.page.getByRole('list', { name: 'What was found' })
    await found.getByText('is this Ackify').waitFor()
    await found.getByText('no mail server is configured').waitFor()
    await ada.inspectIn(views, 'what the checks found')
    const said = JSON.parse(await server.run('doctor', '--json')) as {
      findings: { check: string; level: string }[]
    }
    const lines = await found.getByRole('listitem').count()
    assert.equal(lines, said.findings.length)
    assert.deepEqual(ada.faults, [])
  })
})
