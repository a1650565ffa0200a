/** A browser whose every page is watched: nothing foreign, nothing refused by the policy, nothing wrong in the console. */
import assert from 'node:assert/strict'
import AxeBuilder from '@axe-core/playwright'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { patience } from './patience.ts'

export type Theme = 'light' | 'dark'
export interface View {
  theme: Theme
  width: number
  locale?: string
}

const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']
// An answer with a 4xx status is part of the contract; the browser logs it all the same.
const expectedLog = /^Failed to load resource: the server responded with a status of 4\d\d/

export function launch(...more: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.ACKIFY_E2E_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      ...more,
    ],
  })
}

/** One person's browser. `faults` fills up with what should not happen. */
export class Person {
  readonly faults: string[] = []
  /** Other sites that the person is sent to on purpose, without a slash at the end */
  readonly elsewhere: string[] = []
  /** What the console may say for a while, e.g. while the network is cut */
  expected: RegExp | undefined
  readonly context: BrowserContext
  readonly page: Page

  private constructor(context: BrowserContext, page: Page, baseUrl: string) {
    this.context = context
    this.page = page
    page.setDefaultTimeout(patience)
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return
      if (this.expected?.test(message.text())) return
      if (!expectedLog.test(message.text())) this.faults.push(`console: ${message.text()}`)
    })
    page.on('pageerror', (error) => this.faults.push(`error: ${error.message}`))
    page.on('request', (request) => {
      const url = request.url()
      const places = [baseUrl, ...this.elsewhere]
      const own = url.startsWith('data:') || url.startsWith(`blob:${baseUrl}/`)
      if (!own && !places.some((place) => url.startsWith(`${place}/`)))
        this.faults.push(`foreign request: ${url}`)
    })
  }

  static async arrive(browser: Browser, baseUrl: string, view: View): Promise<Person> {
    const context = await browser.newContext({
      baseURL: baseUrl,
      colorScheme: view.theme,
      viewport: { width: view.width, height: view.width < 600 ? 844 : 860 },
      locale: view.locale ?? 'en-GB',
      timezoneId: 'Europe/Paris',
      acceptDownloads: true,
      reducedMotion: 'reduce',
    })
    return new Person(context, await context.newPage(), baseUrl)
  }

  /** axe finds nothing, nothing is wider than the screen, and nothing has gone wrong so far. */
  async inspect(place: string): Promise<void> {
    // A frame in which nothing runs cannot be looked into from inside.
    const { violations } = await new AxeBuilder({ page: this.page })
      .withTags(tags)
      .exclude('iframe[sandbox]')
      .analyze()
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)
    assert.deepEqual(found, [], `accessibility of ${place}`)
    const excess = await this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    assert.ok(excess <= 0, `${place} is ${excess} px too wide`)
    assert.deepEqual(this.faults, [], place)
  }

  /** Shows the page in another theme and width, as it is when the app has followed and what fades has faded. */
  async show(view: View): Promise<void> {
    await this.page.setViewportSize({ width: view.width, height: view.width < 600 ? 844 : 860 })
    await this.page.emulateMedia({ colorScheme: view.theme })
    await this.page.locator(`html[data-theme=${view.theme}]`).waitFor()
    await this.page.evaluate(async () => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
      await frame()
      await frame()
      const fading = document.getAnimations().filter((one) => one.effect?.getTiming().iterations === 1)
      await Promise.allSettled(fading.map((one) => one.finished))
    })
  }

  /** Inspects the page in each view, and shows it as on a desk again. */
  async inspectIn(views: readonly View[], place: string): Promise<void> {
    for (const view of views) {
      await this.show(view)
      await this.inspect(`${place}, ${view.theme}, ${view.width} px`)
    }
    await this.show({ theme: 'light', width: 1280 })
  }

  leave(): Promise<void> {
    return this.context.close()
  }
}
