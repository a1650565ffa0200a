/**
 * How long a receipt takes in headless Chromium, from the chosen file to the verdict on the screen, beside what the
 * browser itself needs for the same signatures and one hash.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch, Person } from './browser.ts'
import { startServer } from './server.ts'
import { acknowledge, createDocument, downloadReceipt, setUp, verify } from './steps.ts'

const limit = 50
const rounds = 41

const folder = await mkdtemp(join(tmpdir(), 'ackify-bench-'))
const server = await startServer()
const browser = await launch()
try {
  const { page } = await Person.arrive(browser, server.baseUrl, { theme: 'light', width: 1280 })
  await setUp(page, server.setupUrl)
  await createDocument(page, 'https://intranet.acme.example/security', 'Information security policy')
  await acknowledge(page)
  const receipt = join(folder, 'policy.tlog-proof')
  await downloadReceipt(page, receipt)
  await page.goto('/verify')
  await page.getByText('Keys in use: those of this site').waitFor()
  await verify(page, receipt, 'Proven')

  const figures = await page.evaluate(
    async ({ content, count }) => {
      const input = document.querySelector<HTMLInputElement>('input[type=file][multiple]')
      const key = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
      if (!input || !('publicKey' in key)) throw new Error('not the verify page')
      const message = crypto.getRandomValues(new Uint8Array(1_500))
      const signature = await crypto.subtle.sign('Ed25519', key.privateKey, message)
      const baseline = async () => {
        const start = performance.now()
        await crypto.subtle.verify('Ed25519', key.publicKey, signature, message)
        await crypto.subtle.verify('Ed25519', key.publicKey, signature, message)
        await crypto.subtle.digest('SHA-256', message)
        return performance.now() - start
      }
      const file = new File([content], 'policy.tlog-proof')
      const receiptTime = () =>
        new Promise<number>((resolve) => {
          const before = document.querySelector('[data-verdict]')
          const files = new DataTransfer()
          files.items.add(file)
          const observer = new MutationObserver(() => {
            const now = document.querySelector('[data-verdict=valid]')
            if (!now || now === before) return
            observer.disconnect()
            resolve(performance.now() - start)
          })
          observer.observe(document.body, { childList: true, subtree: true })
          const start = performance.now()
          input.files = files.files
          input.dispatchEvent(new Event('change'))
        })
      const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? NaN
      const receipts: number[] = []
      const baselines: number[] = []
      for (let i = 0; i < count; i++) {
        baselines.push(await baseline())
        receipts.push(await receiptTime())
      }
      return { receipt: median(receipts), baseline: median(baselines) }
    },
    { content: await readFile(receipt, 'utf8'), count: rounds },
  )
  console.log(
    `a receipt, verified in the browser: ${figures.receipt.toFixed(1)} ms, median of ${rounds}; at most ${limit}`,
  )
  console.log(
    `baseline, two WebCrypto Ed25519 verifications and one SHA-256: ${figures.baseline.toFixed(2)} ms`,
  )
  if (!(figures.receipt <= limit)) process.exitCode = 1
} finally {
  await browser.close()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}
