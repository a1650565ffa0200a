/** Pictures of documents: what an author does with them, and each way of reading one. */
import { createServer } from 'node:http'
import type { Page } from 'playwright-core'
import * as files from './files.ts'
import { uploadDocument } from './steps.ts'

type Take = (name: string, path: string) => Promise<void>
type Shoot = (name: string) => Promise<void>

/** A site whose file can change. */
export interface Site {
  /** Host and port */
  host: string
  /** Address of the file */
  address: string
  change(): void
  close(): Promise<void>
}

export async function startSite(): Promise<Site> {
  let shown = files.pdf('travel.pdf', 2)
  const web = createServer((_, response) => {
    response.setHeader('Content-Type', shown.mimeType)
    response.end(shown.buffer)
  })
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
  const place = web.address()
  if (typeof place !== 'object' || place === null) throw new Error('no address')
  const host = `127.0.0.1:${place.port}`
  return {
    host,
    address: `http://${host}/files/Travel%20policy.pdf`,
    change: () => (shown = files.pdf('travel.pdf', 3)),
    close: async () => void (await new Promise((resolve) => web.close(resolve))),
  }
}

const kinds = {
  pdf: files.pdf('Data protection 2026.pdf', 12),
  markdown: files.markdown('House rules.md'),
  html: files.html('Travel policy.html'),
  text: files.text('Code of conduct.txt'),
  image: files.png('Escape route.png', 800, 1200),
}
export type Shelf = Record<keyof typeof kinds | 'watched', string>

/** One document of each kind, one of them with a second revision, one at an address that changes, one deleted. */
export async function fillShelf(page: Page, site: Site): Promise<Shelf> {
  const shelf: Partial<Shelf> = {}
  for (const [kind, file] of Object.entries(kinds))
    shelf[kind as keyof typeof kinds] = await uploadDocument(page, file, async () => {
      if (kind !== 'pdf') return
      await page.getByText('How it is read').click()
      await page.getByLabel('It must be read to the end').check()
    })
  await page.goto(`/documents/${shelf.markdown}`)
  await page.getByRole('button', { name: 'New revision' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('input[type=file]').setInputFiles(files.markdown('House rules.md', 'Please be kind.'))
  await dialog.getByText('Everyone acknowledges again').click()
  await dialog.getByRole('button', { name: 'Open revision' }).click()
  await page.getByText('Revision 2 is there').first().waitFor()

  await page.goto('/documents?new')
  await page.getByLabel('Web address').fill(site.address)
  await page.keyboard.press('Tab')
  await page.getByText('PDF').first().waitFor()
  await page.getByRole('button', { name: 'Create document' }).click()
  await page.waitForURL(/\/documents\/[^/?]+$/)
  shelf.watched = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  site.change()
  await page.goto(`/documents/${shelf.watched}?tab=integrity`)
  await page.getByRole('button', { name: 'Check now' }).click()
  await page.getByText('Its address shows something else by now').waitFor()

  const old = await uploadDocument(page, files.text('Old rules.txt'))
  await page.goto(`/documents/${old}?tab=settings`)
  await page.getByRole('button', { name: 'Delete this document' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByText('The document has been deleted').first().waitFor()
  return shelf as Shelf
}

/** Each way of reading, and checking a file. */
export async function takeReading(page: Page, shelf: Shelf, take: Take, shoot: Shoot): Promise<void> {
  for (const kind of ['pdf', 'markdown', 'html', 'image'] as const) {
    await page.goto(`/d/${shelf[kind]}`)
    await page.locator('.page[data-loaded=true], img[src^="blob:"], iframe[style]').first().waitFor()
    await shoot(`read-${kind}`)
  }
  await page.goto(`/d/${shelf.pdf}`)
  await page.locator('.page[data-loaded=true]').first().waitFor()
  const tools = page.locator('[role=group] button[aria-expanded]')
  await tools.last().click()
  await shoot('read-pdf-pages')
  await tools.last().click()
  await tools.first().click()
  await page.keyboard.type('encrypted')
  await page.keyboard.press('Enter')
  await page.locator('.textLayer .highlight').first().waitFor()
  await shoot('read-pdf-find')
  for (const [name, file] of Object.entries({ same: kinds.image, other: kinds.text })) {
    await take(`check-${name}`, `/d/${shelf.image}`)
    await page.locator('header button.link').click()
    await shoot('check-file')
    await page.getByRole('dialog').locator('input[type=file]').setInputFiles(file)
    await page.getByRole('dialog').locator('[role=progressbar]').waitFor({ state: 'detached' })
    await page.getByRole('dialog').locator('[role=status], [role=alert]').last().waitFor()
    await shoot(`check-file-${name}`)
  }
}

/** What an author does with documents. */
export async function takeManaging(page: Page, shelf: Shelf, take: Take, shoot: Shoot): Promise<void> {
  for (const index of [1, 2]) {
    await take(`documents-new-${index}`, '/documents?new')
    await page
      .getByRole('dialog')
      .locator('label', { has: page.locator('input[name=way]') })
      .nth(index)
      .click()
    await page.getByRole('dialog').locator('summary').first().click()
    await shoot(`documents-new-${index}`)
  }
  await take('documents-changed', '/documents?state=changed')
  await take('documents-deleted', '/documents?state=deleted')
  await take('manage', `/documents/${shelf.pdf}`)
  await take('manage-watched', `/documents/${shelf.watched}`)
  await take('manage-integrity', `/documents/${shelf.watched}?tab=integrity`)
  await take('manage-settings', `/documents/${shelf.markdown}?tab=settings`)
  await take('manage-revisions', `/documents/${shelf.markdown}?tab=revisions`)
  await page.locator('tbody tr').first().locator('td').last().locator('button').click()
  await page.locator('ins').first().waitFor()
  await shoot('manage-difference')
  await take('manage', `/documents/${shelf.markdown}`)
  await page.locator('header button.btn').last().click()
  await page.getByRole('dialog').waitFor()
  await shoot('manage-revise')
}
