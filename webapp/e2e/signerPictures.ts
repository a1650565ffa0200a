/** Pictures of those who are asked to acknowledge: lists, dialogs, how far a document is, what an employee sees. */
import { Buffer } from 'node:buffer'
import type { Page } from 'playwright-core'
import { send, until } from './steps.ts'
import type { Shelf } from './documentPictures.ts'

type Take = (name: string, path: string) => Promise<void>
type Shoot = (name: string) => Promise<void>

const people = [
  'Noor Haddad',
  'Jonas Weber',
  'Ana Ruiz',
  'Chiara Conti',
  'Émile Lefèvre',
  'Maximiliane Freifrau von Hohenberg-Schwarzenfels',
  'Oluwaseun Adebayo',
  'Priya Raman',
]
const address = (name: string) =>
  `${name
    .normalize('NFD')
    .replace(/[^\w ]/g, '')
    .toLowerCase()
    .replaceAll(' ', '.')}@acme.example`
/** Overdue within seconds */
const soon = () => new Date(Date.now() + 10_000).toISOString()
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

/** Asks people to acknowledge two documents: one of them is overdue, one has acknowledged (`reader`). */
export async function fillRoster(page: Page, shelf: Shelf, reader: Page, readerEmail: string): Promise<void> {
  const docId = shelf.text
  const { id } = (await send(page, 'POST', '/groups', { name: 'Warehouse' })) as { id: string }
  await send(page, 'POST', `/groups/${id}/members`, {
    members: people.slice(5).map((name) => ({ email: address(name), name })),
  })
  await send(page, 'PUT', `/documents/${docId}/deadline`, { dueAt: inDays(12) })
  await send(page, 'POST', `/documents/${docId}/groups`, { groupId: id, joinerDays: 14 })
  const signers = people.slice(0, 5).map((name, index) => ({
    email: address(name),
    name,
    ...(index < 2 && { dueAt: soon() }),
    ...(index === 2 && { notes: 'On leave until March' }),
  }))
  await send(page, 'POST', `/documents/${docId}/signers`, {
    signers: [...signers, { email: readerEmail, name: 'Sam Okafor' }],
  })
  await send(page, 'PATCH', `/documents/${docId}/signers/${address('Ana Ruiz')}`, {
    deadline: { dueAt: inDays(30), reason: 'Back from leave in March' },
    muted: true,
  })
  await send(page, 'DELETE', `/documents/${docId}/signers/${address('Chiara Conti')}`)
  await reader.goto(`/d/${docId}`)
  await reader.getByRole('button', { name: 'Acknowledge reading' }).click()
  await reader.getByText('You have acknowledged').first().waitFor()
  for (const [id, dueAt] of [
    [shelf.markdown, inDays(5)],
    [shelf.image, soon()],
    [shelf.html, undefined],
  ] as const)
    await send(page, 'POST', `/documents/${id}/signers`, {
      signers: [{ email: readerEmail, ...(dueAt && { dueAt }) }],
    })
  await until(page, `/documents/${docId}/status`, ({ overdue }: { overdue: number }) => overdue === 2)
}

const mixed = [
  'Name;Adresse',
  'Noor Haddad;noor.haddad@acme.example',
  'Lea Roth;lea.roth@acme.example',
  'Lea Roth;LEA.ROTH@acme.example',
  'Tom;not-an-email',
].join('\n')

/** What somebody does who manages a document. */
export async function takeSigners(page: Page, shelf: Shelf, take: Take, shoot: Shoot): Promise<void> {
  const at = `/documents/${shelf.text}`
  await take('manage-overview', at)
  await take('manage-signers', `${at}?tab=signers`)
  await page.locator('tbody input[type=checkbox]').first().check()
  await page.locator('tbody input[type=checkbox]').nth(1).check()
  await shoot('manage-signers-chosen')
  await page.locator('tbody button[aria-haspopup=menu]').first().click()
  await page.getByRole('menu').waitFor()
  await shoot('manage-signers-menu')
  await page.getByRole('menuitem').nth(-2).click()
  await page.getByRole('dialog').waitFor()
  await shoot('manage-signers-edit')
  await page.keyboard.press('Escape')
  await page.locator('tbody button[aria-haspopup=menu]').first().click()
  await page.getByRole('menuitem').last().click()
  await page.getByRole('alertdialog').waitFor()
  await shoot('manage-signers-withdraw')
  await take('manage-signers-unexpected', `${at}?tab=signers&state=unexpected`)
  await take('manage-signers-none', `/documents/${shelf.pdf}?tab=signers`)
  await take('manage-signers-no-match', `${at}?tab=signers&q=zzz`)
  await page.locator('#asked-title ~ div button').first().click()
  await page.getByRole('dialog').waitFor()
  await shoot('manage-deadline')
  await takeAsking(page, at, take, shoot)
}

async function takeAsking(page: Page, at: string, take: Take, shoot: Shoot): Promise<void> {
  await take('ask-list', `${at}?tab=signers&ask`)
  const dialog = page.getByRole('dialog')
  const ways = dialog.locator('label', { has: page.locator('input[name=way]') })
  await ways.nth(1).click()
  await dialog.locator('input[name=email]').waitFor()
  await shoot('ask-person')
  await ways.nth(3).click()
  await dialog.locator('input[name=groupId]').first().waitFor()
  await shoot('ask-group')
  await ways.nth(2).click()
  await shoot('ask-file')
  await dialog
    .locator('input[type=file]')
    .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(mixed) })
  await dialog.getByRole('table').waitFor()
  await shoot('ask-preview')
  await page.keyboard.press('Escape')
  await page.getByRole('alertdialog').waitFor()
  await shoot('ask-leave')
  await page.getByRole('alertdialog').locator('button').last().click()
}
