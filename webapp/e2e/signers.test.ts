/** Asking people to acknowledge: what an administrator and those who are asked see and do, in a real browser. */
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import type { Browser, Locator } from 'playwright-core'
import { launch, Person } from './browser.ts'
import type { View } from './browser.ts'
import * as files from './files.ts'
import type { TestFile } from './files.ts'
import { startServer } from './server.ts'
import type { Server } from './server.ts'
import { accept, invite, send, setUp, until, uploadDocument } from './steps.ts'

const views: View[] = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 390 },
]
// The frame of a text runs nothing, which the browser says when a check of accessibility tries to.
const sandboxed = /^Blocked script execution in/

const csv = (name: string, content: string | Buffer): TestFile => ({
  name,
  mimeType: 'text/csv',
  buffer: Buffer.from(content as string),
})
const bom = '\u{feff}'

/** Files as spreadsheets of several countries write them, with how many people are in each. */
const kinds: [string, TestFile, number][] = [
  ['comma, with a header', csv('comma.csv', 'name,email\nAna Ruiz,ana.ruiz@acme.example\n'), 1],
  [
    'semicolon, with a byte order mark and a German header',
    csv('semicolon.csv', `${bom}Vorname;Nachname;E-Mail\r\nJürgen;Groß;juergen.gross@acme.example\r\n`),
    1,
  ],
  [
    'Windows-1252',
    csv(
      'latin.csv',
      Buffer.from('Nom;Adresse e-mail\r\n\xc9mile Lef\xe8vre;emile.lefevre@acme.example\r\n', 'latin1'),
    ),
    1,
  ],
  ['tab, without a header', csv('tab.csv', 'chiara.conti@acme.example\tChiara Conti\n'), 1],
  [
    'quotes and newlines in fields',
    csv('quotes.csv', 'email,name,notes\npriya@acme.example,"Raman, Priya","Night shift\nonly ""A"" hall"\n'),
    1,
  ],
]

describe('asking people to acknowledge', { concurrency: false }, () => {
  let server: Server
  let browser: Browser
  let ada: Person
  let sam: Person
  let docId: string

  before(async () => {
    server = await startServer()
    browser = await launch()
    ada = await arrive({ theme: 'light', width: 1280 })
    await setUp(ada.page, server.setupUrl)
    const link = await invite(ada.page, 'sam.okafor@acme.example', 'Sam Okafor')
    sam = await arrive({ theme: 'light', width: 1280 })
    await accept(sam.page, link)
    docId = await uploadDocument(ada.page, files.text('House rules.txt'))
  })

  after(async () => {
    await ada.leave()
    await sam.leave()
    await browser.close()
    await server.stop()
  })

  async function arrive(view: View): Promise<Person> {
    const person = await Person.arrive(browser, server.baseUrl, view)
    person.expected = sandboxed
    return person
  }

  const inspectEverywhere = (person: Person, place: string) => person.inspectIn(views, place)

  const list = (state = '') => ada.page.goto(`/documents/${docId}?tab=signers${state && `&state=${state}`}`)
  const row = (address: string) => ada.page.getByRole('row').filter({ hasText: address })

  async function ask(way: 'List' | 'CSV file' | 'Group'): Promise<Locator> {
    await list()
    await ada.page.getByRole('button', { name: 'Ask people' }).first().click()
    const dialog = ada.page.getByRole('dialog')
    await dialog.getByText(way, { exact: true }).click()
    return dialog
  }

  async function choose(dialog: Locator, file: TestFile): Promise<void> {
    await dialog.locator('input[type=file]').setInputFiles(file)
  }

  it('says that nobody is asked, and leads to asking', async () => {
    await ada.page.goto(`/documents/${docId}`)
    await ada.page.getByText('Nobody has been asked yet').waitFor()
    await inspectEverywhere(ada, 'a document that nobody is asked to acknowledge')
    await ada.page.getByRole('link', { name: 'Ask people' }).click()
    await ada.page.getByRole('dialog', { name: 'Ask people' }).waitFor()
    await inspectEverywhere(ada, 'asking people')
    await ada.page.keyboard.press('Escape')
    await ada.page.getByText('Nobody has been asked yet').waitFor()
    await inspectEverywhere(ada, 'a list of nobody')
  })

  it('asks a typed list, after showing what would become of each line', async () => {
    const dialog = await ask('List')
    await dialog
      .getByLabel('People')
      .fill('Noor Haddad <Noor.Haddad@acme.example>\nSam Okafor <sam.okafor@acme.example>\nnot-an-email')
    await dialog.getByRole('button', { name: 'Look at it first' }).click()
    await dialog.getByText('1 row with an error').waitFor()
    assert.equal(await dialog.getByRole('button', { name: 'Ask 2 people' }).isDisabled(), true)
    await inspectEverywhere(ada, 'a preview with an error')
    await ada.page.keyboard.press('Escape')
    const question = ada.page.getByRole('alertdialog')
    await inspectEverywhere(ada, 'the question before a preview is lost')
    await question.getByRole('button', { name: 'Cancel' }).click()
    await dialog.getByRole('button', { name: 'Back to the list' }).click()
    const typed = dialog.getByLabel('People')
    await typed.fill((await typed.inputValue()).replace('not-an-email', 'noor.haddad@acme.example'))
    await dialog.getByRole('button', { name: 'Look at it first' }).click()
    await dialog.getByText('further up already').waitFor()
    await dialog.getByRole('button', { name: 'Ask 2 people' }).click()
    await dialog.waitFor({ state: 'detached' })
    await row('noor.haddad@acme.example').getByText('Noor Haddad').first().waitFor()
  })

  for (const [kind, file, count] of kinds)
    it(`asks those in a file: ${kind}`, async () => {
      const dialog = await ask('CSV file')
      await choose(dialog, file)
      await dialog.getByText(`${count} person will be asked`).waitFor()
      await dialog.getByRole('button', { name: `Ask ${count} person` }).click()
      await dialog.waitFor({ state: 'detached' })
      // The same once more changes nothing.
      const again = await ask('CSV file')
      await choose(again, file)
      await again.getByText('Everybody here is asked already').waitFor()
    })

  it('has read names as they are', async () => {
    await list()
    for (const name of ['Jürgen Groß', 'Émile Lefèvre', 'Chiara Conti', 'Raman, Priya'])
      await ada.page.getByText(name, { exact: true }).waitFor()
  })

  for (const [what, file, words] of [
    ['holds nobody', csv('nobody.csv', 'name,email\n'), 'There is nobody in this file'],
    [
      'has no addresses',
      csv('names.csv', 'first,last\nAna,Ruiz\n'),
      'No column of this file holds email addresses',
    ],
    ['is no text', { ...files.png('people.csv', 40, 40), mimeType: 'text/csv' }, 'This is not a text file'],
    [
      'is too long',
      csv('long.csv', Array.from({ length: 10_001 }, (_, n) => `p${n}@acme.example`).join('\n')),
      'at most 10,000 rows',
    ],
  ] as const)
    it(`refuses a file that ${what}, and says so`, async () => {
      const dialog = await ask('CSV file')
      await choose(dialog, file)
      await dialog.getByText(words).first().waitFor()
      assert.equal(await dialog.getByRole('table').count(), 0)
    })

  it('stays quick with 10,000 rows, and asks none of them while one is wrong', async () => {
    const rows = Array.from({ length: 9_999 }, (_, n) => `Person ${n},p${n}@acme.example`)
    const dialog = await ask('CSV file')
    await choose(dialog, csv('all.csv', ['name,email', ...rows, 'Tom,tom@'].join('\n')))
    await dialog.getByText('1 row with an error').waitFor()
    await dialog.getByText('And 9,800 more rows').waitFor()
    assert.equal(await dialog.getByRole('row').count(), 201)
    await dialog.getByLabel('Only those with errors').check()
    await dialog.getByRole('row').filter({ hasText: 'tom@' }).getByText('10001').waitFor()
    await inspectEverywhere(ada, 'a preview of 10,000 rows')
  })

  it('sets a deadline for everybody, and one of their own with its reason', async () => {
    await list()
    await ada.page.getByRole('button', { name: 'Set a deadline' }).click()
    const dialog = ada.page.getByRole('dialog')
    await inspectEverywhere(ada, 'the deadline of a document')
    await dialog.getByLabel(/^Last day/).fill('2099-11-25')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await ada.page.getByText('Due 25 Nov 2099').waitFor()
    await row('ana.ruiz@acme.example')
      .getByRole('button', { name: /^Actions/ })
      .click()
    await ada.page.getByRole('menuitem', { name: 'Edit' }).click()
    await inspectEverywhere(ada, 'somebody who is asked')
    await dialog.getByLabel(/^Own deadline/).fill('2099-12-31')
    await dialog.getByLabel(/^Reason/).fill('On leave until December')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await row('ana.ruiz@acme.example').getByText('31 Dec 2099').waitFor()
    await row('ana.ruiz@acme.example').getByText('Own deadline').click()
    await row('ana.ruiz@acme.example').getByText('On leave until December').waitFor()
  })

  it('asks a group', async () => {
    const { page } = ada
    const { id } = (await send(page, 'POST', '/groups', { name: 'Warehouse' })) as { id: string }
    await send(page, 'POST', `/groups/${id}/members`, {
      members: [{ email: 'tom.reed@acme.example', name: 'Tom Reed' }, { email: 'ana.ruiz@acme.example' }],
    })
    const dialog = await ask('Group')
    await dialog.getByLabel(/^Warehouse/).check()
    await dialog.getByLabel(/^Days for whoever joins later/).fill('14')
    await inspectEverywhere(ada, 'asking a group')
    await dialog.getByRole('button', { name: 'Ask this group' }).click()
    await dialog.waitFor({ state: 'detached' })
    await row('tom.reed@acme.example').getByText('Warehouse').waitFor()
    await page.getByText('14 days for whoever joins').waitFor()
  })

  it('shows somebody what is waiting for them, until they have acknowledged it', async () => {
    const late = await uploadDocument(ada.page, files.text('Travel policy.txt'))
    const dueAt = new Date(Date.now() + 10_000).toISOString()
    await send(ada.page, 'POST', `/documents/${late}/signers`, {
      signers: [{ email: 'sam.okafor@acme.example', dueAt }],
    })
    await until(sam.page, '/users/me/expected', ({ items }: { items: { overdue: boolean }[] }) =>
      items.some(({ overdue }) => overdue),
    )
    const { page } = sam
    await page.goto('/')
    const waiting = page.getByRole('region', { name: 'To read' }).getByRole('listitem')
    await waiting.first().getByText('Overdue since').waitFor()
    assert.deepEqual(await waiting.getByRole('link').allInnerTexts(), ['Travel policy', 'House rules'])
    await inspectEverywhere(sam, 'what is to be read')
    await page.getByRole('link', { name: 'House rules' }).click()
    await page.getByText('Due 25 Nov 2099').waitFor()
    await inspectEverywhere(sam, 'signing with a deadline')
    await page.getByRole('button', { name: 'Acknowledge reading' }).click()
    await page.getByText('You have acknowledged').first().waitFor()
    await page.goto('/')
    await waiting.first().waitFor()
    assert.equal(await waiting.count(), 1)
  })

  it('says how far it is in numbers that lead to those they count', async () => {
    const { page } = ada
    await page.goto(`/documents/${docId}`)
    await page.getByText('1 of 8 have acknowledged').first().waitFor()
    await page.getByText('The numbers as a table').click()
    await page.getByRole('table', { name: 'Acknowledged over time' }).getByRole('row').nth(1).waitFor()
    await inspectEverywhere(ada, 'how far a document is')
    await page.getByRole('link', { name: '7 missing' }).click()
    await page.getByRole('link', { name: 'Missing 7' }).waitFor()
    assert.equal(await row('sam.okafor@acme.example').count(), 0)
    await page.getByRole('searchbox').fill('tom')
    await row('noor.haddad@acme.example').waitFor({ state: 'detached' })
    await row('tom.reed@acme.example').waitFor()
    await inspectEverywhere(ada, 'a list that was searched')
    await page.getByRole('searchbox').fill('zzz')
    await page.getByText('Nothing found').waitFor()
    await list('overdue')
    await page.getByText('Nobody is overdue').waitFor()
    await page.goto('/documents')
    await page.getByText('1 of 8').waitFor()
    await inspectEverywhere(ada, 'documents with how far they are')
  })

  it('withdraws several people, who stay in the list as withdrawn', async () => {
    const { page } = ada
    await list()
    for (const address of ['tom.reed@acme.example', 'priya@acme.example'])
      await row(address).getByRole('checkbox').check()
    await page.getByText('2 people chosen').waitFor()
    await inspectEverywhere(ada, 'people who are chosen')
    await page.getByRole('button', { name: 'Withdraw 2 people' }).click()
    const question = page.getByRole('alertdialog')
    await inspectEverywhere(ada, 'the question before people are withdrawn')
    await question.getByRole('button', { name: 'Withdraw' }).click()
    await row('tom.reed@acme.example').waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Withdrawn' }).click()
    await row('tom.reed@acme.example').getByText('Withdrawn').waitFor()
    assert.equal(await page.getByRole('row').count(), 3)
    await inspectEverywhere(ada, 'people who were withdrawn')
  })

  it('asks one person by hand, with a note and a deadline of their own', async () => {
    const { page } = ada
    await list()
    await page.getByRole('button', { name: 'Ask people' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('One person').click()
    await dialog.getByLabel('Email').fill('tom.reed@acme.example')
    await dialog.getByLabel('Name').fill('Tom Reed')
    await dialog.getByLabel('Notes').fill('Back in May')
    await dialog.getByLabel('Own deadline').fill('2099-05-31')
    await inspectEverywhere(ada, 'asking one person')
    await dialog.getByRole('button', { name: 'Ask this person' }).click()
    await row('tom.reed@acme.example').getByText('Back in May').waitFor()
    await row('tom.reed@acme.example').getByText('31 May 2099').waitFor()
  })

  it('names who has acknowledged without being asked', async () => {
    await ada.page.goto(`/d/${docId}`)
    await ada.page.getByRole('button', { name: 'Acknowledge reading' }).click()
    await ada.page.getByText('You have acknowledged').first().waitFor()
    await ada.page.goto(`/documents/${docId}`)
    await ada.page.getByRole('link', { name: '1 not asked, acknowledged anyway' }).click()
    await row('ada.lindqvist@acme.example').getByText('Not asked').waitFor()
    await inspectEverywhere(ada, 'people who were not asked')
  })

  it('hands out both lists as files', async () => {
    await list()
    for (const [name, words] of [
      ['Who is asked (CSV)', 'Jürgen Groß'],
      ['Acknowledgements (CSV)', 'Sam Okafor'],
    ] as const) {
      const [download] = await Promise.all([
        ada.page.waitForEvent('download'),
        ada.page.getByRole('link', { name }).click(),
      ])
      const text = await readFile(await download.path(), 'utf8')
      assert.ok(text.startsWith(bom), name)
      assert.ok(text.includes(words), name)
    }
    assert.deepEqual([...ada.faults, ...sam.faults], [])
  })
})
