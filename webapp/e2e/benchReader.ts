/**
 * How long it takes from the click until the first page of a large PDF can be read, in headless Chromium that has not
 * been here before: at the full speed of loopback, and over a line of 20 Mbit/s, on which the rest is still to come.
 * Beside it, a PDF of one page.
 */
import { launch, Person } from './browser.ts'
import * as files from './files.ts'
import { startServer } from './server.ts'
import { setUp, uploadDocument } from './steps.ts'

const limit = 1_000
const rounds = 5
const pages = 200
/** Bytes a second, and milliseconds there and back */
const line = { throughput: 20_000_000 / 8, latency: 20 }

const server = await startServer()
const browser = await launch()

/** As a browser prints it: 10 MB of text and images. */
async function print(): Promise<files.TestFile> {
  const page = await browser.newPage()
  const text = '<p>Every employee processes personal data only for the purpose it was collected for.</p>'
  const sections = Array.from({ length: pages }, (_, i) => {
    const image = files.noise('noise.png', 130).buffer.toString('base64')
    return `<section style="break-after: page"><h1>Section ${i + 1}</h1>${text.repeat(12)}<img width="400" src="data:image/png;base64,${image}"></section>`
  })
  await page.setContent(sections.join(''))
  const buffer = await page.pdf({ format: 'A4' })
  await page.close()
  return { name: 'large.pdf', mimeType: 'application/pdf', buffer }
}

type State = Awaited<ReturnType<Person['context']['storageState']>>
interface Shown {
  milliseconds: number
  /** Part of the file that had come by then, from 0 to 1 */
  come: number
}

/** From the click to the first page, drawn, with its text. */
async function open(state: State, docId: string, slow: boolean): Promise<Shown> {
  const context = await browser.newContext({ baseURL: server.baseUrl, storageState: state })
  const page = await context.newPage()
  try {
    if (slow) {
      const wire = await context.newCDPSession(page)
      await wire.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: line.latency,
        downloadThroughput: line.throughput,
        uploadThroughput: line.throughput,
      })
    }
    await page.goto(`/documents/${docId}`)
    const link = page.getByRole('link', { name: 'Open for reading' })
    await link.waitFor()
    await page.evaluate(() => {
      const first = '.page[data-page-number="1"]'
      document.addEventListener(
        'click',
        () => {
          const start = performance.now()
          const look = () => {
            const drawn = document.querySelector(`${first}[data-loaded=true] canvas`)
            const text = document.querySelector(`${first} .textLayer span`)
            if (!drawn || !text) return requestAnimationFrame(look)
            const marks = document.querySelectorAll<HTMLElement>('[role=group] [role=status]')
            const mark = marks[marks.length - 1]?.innerText ?? ''
            const percent = /(\d+)\s*%/.exec(mark)?.[1]
            const come =
              percent === undefined ? (/verified/.test(mark) ? 1 : 0) : Math.min(1, Number(percent) / 100)
            performance.measure('first-page', { start, end: performance.now(), detail: { come } })
          }
          look()
        },
        { once: true, capture: true },
      )
    })
    await link.click()
    await page.waitForFunction(() => performance.getEntriesByName('first-page').length > 0)
    return await page.evaluate(() => {
      const [entry] = performance.getEntriesByName('first-page')
      const { come } = (entry as PerformanceMeasure).detail as { come: number }
      return { milliseconds: entry?.duration ?? NaN, come }
    })
  } finally {
    await context.close()
  }
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? NaN

try {
  const author = await Person.arrive(browser, server.baseUrl, { theme: 'light', width: 1280 })
  await setUp(author.page, server.setupUrl)
  const file = await print()
  const large = await uploadDocument(author.page, file)
  const small = await uploadDocument(author.page, files.pdf('small.pdf', 1))
  const state = await author.context.storageState()
  for (const slow of [false, true]) {
    const found: Shown[] = []
    const baseline: number[] = []
    for (let round = 0; round < rounds; round++) {
      baseline.push((await open(state, small, slow)).milliseconds)
      found.push(await open(state, large, slow))
    }
    const time = median(found.map(({ milliseconds }) => milliseconds))
    const beside = median(baseline)
    const where = slow ? 'over 20 Mbit/s' : 'over loopback'
    console.log(
      `the first of ${pages} pages, ${(file.buffer.length / 1e6).toFixed(1)} MB, ${where}: ${time.toFixed(0)} ms after the click, median of ${rounds}${slow ? '' : `; at most ${limit}`}; ${Math.round(100 * median(found.map(({ come }) => come)))} % had come`,
    )
    console.log(`baseline, a PDF of one page: ${beside.toFixed(0)} ms; ratio ${(time / beside).toFixed(2)}`)
    if (!slow && !(time <= limit)) process.exitCode = 1
  }
} finally {
  await browser.close()
  await server.stop()
}
