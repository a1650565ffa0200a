/** What people do, in the words of the interface. English, whatever the language of the test's browser elsewhere. */
import type { Page } from 'playwright-core'
import type { TestFile } from './files.ts'
import { patience } from './patience.ts'

export const password = 'a quiet green meadow'
export const admin = { email: 'ada.lindqvist@acme.example', name: 'Ada Lindqvist' }

export async function setUp(page: Page, setupUrl: string): Promise<void> {
  await page.goto(setupUrl)
  await page.getByLabel('Email').fill(admin.email)
  await page.getByLabel('Name').fill(admin.name)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Create administrator' }).click()
  await page.getByRole('heading', { level: 1, name: 'To read' }).waitFor()
}

export async function logIn(page: Page, email: string, secret = password): Promise<void> {
  const field = page.getByLabel('Password', { exact: true })
  const disclosure = page.getByRole('button', { name: 'Use a password' })
  await field.or(disclosure).first().waitFor()
  if (await disclosure.isVisible()) await disclosure.click()
  await field.waitFor()
  await page.getByLabel('Email').fill(email)
  await field.fill(secret)
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
}

export async function logOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Menu/ }).click()
  await page.getByRole('menuitem', { name: 'Log out' }).click()
  await page.getByRole('heading', { level: 1, name: 'Log in' }).waitFor()
}

/** Creates a document, opens it for reading, and answers its id. */
export async function createDocument(page: Page, reference: string, title: string): Promise<string> {
  await page.goto('/documents')
  await page.getByRole('button', { name: 'New document' }).click()
  await page.getByText('Reference', { exact: true }).click()
  await page.getByLabel('Address or reference').fill(reference)
  await page.getByLabel(/^Title/).fill(title)
  await page.getByRole('button', { name: 'Create document' }).click()
  await page.waitForURL(/\/documents\/[^/?]+$/)
  await page.getByRole('link', { name: 'Open for reading' }).click()
  await page.waitForURL(/\/d\/[^/]+$/)
  return decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1) ?? '')
}

/** Creates a document of a file, manages it, and answers its id. `fill` does what else the form is for. */
export async function uploadDocument(
  page: Page,
  file: TestFile,
  fill?: () => Promise<void>,
): Promise<string> {
  await page.goto('/documents')
  await page.getByRole('button', { name: 'New document' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('File', { exact: true }).click()
  await dialog.locator('input[type=file]').setInputFiles(file)
  await fill?.()
  await dialog.getByRole('button', { name: 'Create document' }).click()
  await page.waitForURL(/\/documents\/[^/?]+$/)
  return new URL(page.url()).pathname.split('/').at(-1) ?? ''
}

/** Sends something to the server in the name of whoever is logged in, and answers what it says. */
export async function send(page: Page, method: string, path: string, data?: unknown): Promise<unknown> {
  const { token } = (await (await page.request.get('/api/v1/csrf')).json()) as { token: string }
  const headers = { 'X-CSRF-Token': token, Origin: new URL(page.url()).origin }
  const answer = await page.request.fetch(`/api/v1${path}`, {
    method,
    headers,
    ...(data !== undefined && { data }),
  })
  if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`)
  return answer.status() === 204 ? undefined : answer.json()
}

/** The same for what changes by itself with time: until it is so. */
export async function until(page: Page, path: string, so: (answer: never) => boolean): Promise<void> {
  for (const end = Date.now() + patience; ;) {
    if (so((await (await page.request.get(`/api/v1${path}`)).json()) as never)) return
    if (Date.now() > end) throw new Error(`waited in vain for ${path}`)
    await page.waitForTimeout(200)
  }
}

/** Invites a person and answers the link to hand over. */
export async function invite(page: Page, email: string, name: string): Promise<string> {
  await page.goto('/admin/people')
  await page.getByRole('button', { name: 'Invite a person' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Email').fill(email)
  await dialog.getByLabel(/^Name/).fill(name)
  await dialog.getByRole('button', { name: 'Invite', exact: true }).click()
  return dialog.getByLabel('Invitation link').inputValue()
}

export async function accept(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Create my account' }).click()
  await page.getByRole('heading', { level: 1, name: 'To read' }).waitFor()
}

export async function acknowledge(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Acknowledge reading' }).click()
  await page.getByRole('heading', { name: /^You have acknowledged/ }).waitFor()
}

export async function downloadReceipt(page: Page, file: string): Promise<void> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download receipt' }).click(),
  ])
  await download.saveAs(file)
}

/** The same receipt, claiming to be the one of another place. */
export function forge(receipt: string): string {
  return receipt.replace(/^index (\d+)$/m, (_, index: string) => `index ${Number(index) + 1}`)
}

/** Hands a file to the verify page and waits for its verdict. */
export async function verify(page: Page, file: string, verdict: string): Promise<void> {
  await page.locator('input[type=file][multiple]').setInputFiles(file)
  await page.getByRole('heading', { level: 2, name: verdict }).waitFor()
}
