/**
 * People at an Ackify that was deployed by compose.yml, behind Nginx with a certificate: what `make test-deploy` does in the browser.
 *   node e2e/deployed.ts begin FOLDER SETUP-LINK   the first administrator uploads a document and acknowledges it; the receipt is kept in FOLDER
 *   node e2e/deployed.ts sign FOLDER TITLE         one more document and acknowledgement
 *   node e2e/deployed.ts return FOLDER             everything of before is still there, and the receipt still fits
 * ACKIFY_DEPLOYED_URL is the address, ACKIFY_DEPLOYED_PORT the port on 127.0.0.1 that answers for it.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { launch, Person } from './browser.ts'
import { markdown } from './files.ts'
import { binary } from './server.ts'
import { admin, logIn, setUp, uploadDocument } from './steps.ts'

const run = promisify(execFile)
const [act, folder = '', detail = ''] = process.argv.slice(2)
const baseUrl = process.env.ACKIFY_DEPLOYED_URL ?? 'https://sign.test'
const port = process.env.ACKIFY_DEPLOYED_PORT ?? '8443'
const kept = {
  receipt: join(folder, 'receipt.tlog-proof'),
  keys: join(folder, 'keys.json'),
  document: join(folder, 'document'),
}

const browser = await launch(`--host-resolver-rules=MAP ${new URL(baseUrl).hostname}:443 127.0.0.1:${port}`)
try {
  const person = await Person.arrive(browser, baseUrl, { theme: 'light', width: 1280 })
  if (act === 'begin') await begin(person)
  else if (act === 'sign') await sign(person)
  else if (act === 'return') await comeBack(person)
  else throw new Error('begin, sign or return?')
  assert.deepEqual(person.faults, [])
} finally {
  await browser.close()
}

async function acknowledge({ page }: Person, title: string): Promise<string> {
  const docId = await uploadDocument(page, markdown(`${title}.md`))
  await page.goto(`/d/${docId}`)
  await page.getByRole('button', { name: 'Acknowledge reading' }).click()
  await page.getByText(/entry \d+ of the ledger/).waitFor()
  return docId
}

async function begin(person: Person): Promise<void> {
  const { page } = person
  await setUp(page, detail)
  const cookies = await person.context.cookies()
  assert.ok(cookies.length > 0 && cookies.every(({ secure }) => secure), 'cookies are for https only')
  const docId = await acknowledge(person, 'first')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download receipt' }).click(),
  ])
  await download.saveAs(kept.receipt)
  await writeFile(kept.keys, await (await fromPage(person, '/ledger/keys')).text())
  await writeFile(kept.document, docId)
  await run(binary, ['verify', 'receipt', kept.receipt, '--keys', kept.keys])
}

async function sign(person: Person): Promise<void> {
  await person.page.goto('/login')
  await logIn(person.page, admin.email)
  await person.page.getByRole('heading', { level: 1, name: 'To read' }).waitFor()
  await acknowledge(person, detail)
}

async function comeBack(person: Person): Promise<void> {
  const docId = await readFile(kept.document, 'utf8')
  await person.page.goto(`/d/${docId}`)
  await logIn(person.page, admin.email)
  await person.page.getByText('You have acknowledged').first().waitFor()
  const content = await fromPage(person, `/api/v1/documents/${docId}/content`)
  assert.equal(await content.text(), markdown('first.md').buffer.toString(), 'the file is the same')
  await writeFile(kept.keys, await (await fromPage(person, '/ledger/keys')).text())
  await run(binary, ['verify', 'receipt', kept.receipt, '--keys', kept.keys])
}

/** What the browser itself gets: a request of Playwright's own would not know where the name leads. */
async function fromPage({ page }: Person, path: string): Promise<{ text: () => Promise<string> }> {
  const text = await page.evaluate(async (address) => {
    const answer = await fetch(address)
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`)
    return answer.text()
  }, path)
  return { text: () => Promise.resolve(text) }
}
