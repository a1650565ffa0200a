import { screen, waitFor, within } from '@testing-library/vue'
import userEvent from '@testing-library/user-event'
import { defineComponent, h } from 'vue'
import { describe, expect, it, vi } from 'vitest'
import OverviewTab from '@/features/documents/manage/OverviewTab.vue'
import type { DocumentStatus } from '@/services/types'
import { aManaged, anAuthor } from '@/test/documents'
import { mount, violations } from '@/test/mount'
import { aSignature, json, problem, serve } from '@/test/server'
import { aStatus, noStatus } from '@/test/signers'
import { provideRemind } from '../remind'
import type { Remind } from '../remind'
import { chartOf, dayText } from './timeline'

const at = '/documents/policy-2026'

async function open(
  status: (() => Response) | DocumentStatus,
  options: { editable?: boolean; remind?: Remind; reminding?: object } = {},
) {
  serve({
    [`GET ${at}/status`]: typeof status === 'function' ? status : () => json(status),
    [`GET ${at}/reminders/count`]: () =>
      json({ recipients: 58, muted: 3, waiting: 0, failed: 2, ...options.reminding }),
    [`GET ${at}/signatures`]: () => json({ items: [aSignature] }),
  })
  const page = defineComponent({
    setup() {
      if (options.remind) provideRemind({ remind: options.remind })
      return () => h(OverviewTab, { document: aManaged, editable: options.editable ?? true })
    },
  })
  return mount(page, { path: at, user: anAuthor })
}
const place = (name: string | RegExp) =>
  screen.findByRole('link', { name }).then((link) => link.getAttribute('href'))

describe('how far a document is', () => {
  it('is said in numbers that lead to those they count', async () => {
    const { container } = await open(aStatus)
    expect(await screen.findByText('80%')).toBeTruthy()
    const bar = screen.getByRole('progressbar', { name: '251 of 312 have acknowledged' })
    expect([bar.getAttribute('aria-valuenow'), bar.getAttribute('aria-valuemax')]).toEqual(['251', '312'])
    expect(await place('61 missing')).toBe(`${at}?tab=signers&state=missing`)
    expect(await place('of these 9 overdue')).toBe(`${at}?tab=signers&state=overdue`)
    expect(await place('4 not asked, acknowledged anyway')).toBe(`${at}?tab=signers&state=unexpected`)
    expect(await violations(container)).toEqual([])
  })

  it('says first who is overdue, shows them, and reminds all who are missing', async () => {
    const remind = vi.fn<Remind>()
    await open(aStatus, { remind })
    const note = (await screen.findByRole('heading', { name: '9 people are overdue' })).closest('section')!
    expect(note.textContent).toContain('52 others are missing too')
    expect(await place('Show them')).toBe(`${at}?tab=signers&state=overdue`)
    await userEvent.click(await within(note).findByRole('button', { name: 'Remind 58 people' }))
    expect(note.textContent).toContain('2 reminders could not be sent · 3 get no reminders')
    expect(remind).toHaveBeenCalledWith()
  })

  it('reminds nobody again to whom a reminder is on its way', async () => {
    const some = await open(aStatus, { remind: () => {}, reminding: { waiting: 7_000 } })
    expect(await screen.findByText(/7,000 reminders on their way/)).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Remind 58 people' })).toBeTruthy()
    expect(await place('2 reminders could not be sent')).toBe(`${at}?tab=reminders`)
    some.unmount()
    await open(aStatus, { remind: () => {}, reminding: { recipients: 0, waiting: 1 } })
    expect(await screen.findByText(/1 reminder on its way/)).toBeTruthy()
    expect(screen.queryByRole('button', { name: /^Remind/ })).toBeNull()
  })

  it('counts those who are overdue once where all are', async () => {
    await open({ ...aStatus, overdue: 61 })
    expect(await place('61 missing, all overdue')).toBe(`${at}?tab=signers&state=overdue`)
    expect(screen.queryByRole('link', { name: '61 missing' })).toBeNull()
  })

  it('offers no reminder to who may not send one, and nothing when nobody is missing', async () => {
    const auditor = await open({ ...aStatus, overdue: 0 }, { editable: false, remind: () => {} })
    expect(await screen.findByRole('heading', { name: '61 people are still missing' })).toBeTruthy()
    expect(screen.queryByRole('button', { name: /Remind|deadline/ })).toBeNull()
    auditor.unmount()
    await open({ ...aStatus, signed: 312, missing: 0, overdue: 0, completion: 100 })
    expect(await screen.findByText('100%')).toBeTruthy()
    expect(screen.queryByRole('link', { name: 'Show them' })).toBeNull()
  })

  it('is no hundred percent while one is missing', async () => {
    await open({ ...aStatus, signed: 311, missing: 1, overdue: 0, completion: 99.68 })
    expect(await screen.findByText('99%')).toBeTruthy()
  })

  it('is drawn over time, with the same as a table', async () => {
    await open(aStatus)
    expect(await screen.findByRole('img', { name: /begins on .* and has reached 251 of 312/ })).toBeTruthy()
    await userEvent.click(screen.getByText('The numbers as a table'))
    const table = screen.getByRole('table', { name: 'Acknowledged over time' })
    expect(within(table).getByRole('columnheader', { name: 'By the end of (Europe/Paris)' })).toBeTruthy()
    const rows = within(table).getAllByRole('row').slice(1)
    expect(rows.map((row) => row.textContent?.replace(/^.*2026/, ''))).toEqual(['12', '160', '251'])
  })

  it('is a plain count while nobody is asked, and says what to do', async () => {
    const { container } = await open(noStatus)
    expect(await screen.findByText('people')).toBeTruthy()
    expect(await place('Ask people')).toBe(`${at}?tab=signers&ask=`)
    expect(screen.queryByRole('progressbar')).toBeNull()
    expect(await violations(container)).toEqual([])
  })

  it('says when it cannot be told', async () => {
    await open(() => problem(503, 'database.unavailable'))
    await waitFor(() => expect(screen.getByText(/cannot reach its database/)).toBeTruthy())
  })
})

describe('the curve', () => {
  const now = Date.parse('2026-11-22T10:00:00Z')
  const chart = (more: Partial<DocumentStatus>) =>
    chartOf({ ...aStatus, expected: 100, timeline: [], ...more }, now, 'UTC')

  it('begins with nobody on the day before the first, and stays where it was until the next', () => {
    const open = { ...aStatus }
    delete open.dueAt
    const timeline = [
      { date: '2026-11-13', signed: 50 },
      { date: '2026-11-17', signed: 100 },
    ]
    const { line, first, last } = chartOf({ ...open, expected: 100, timeline }, now, 'UTC')
    expect(last - first).toBe(10)
    expect(line).toBe('M0.00 100.00 L10.00 50.00 L40.00 50.00 L50.00 0.00 L90.00 0.00 L100.00 0.00')
  })

  it('goes on to the deadline, which it marks', () => {
    const timeline = [{ date: '2026-11-22', signed: 100 }]
    const { due, line } = chart({ timeline, dueAt: '2026-11-25T23:59:59Z' })
    expect(due).toBeCloseTo(100, 3)
    expect(line).toBe('M0.00 100.00 L25.00 0.00')
  })

  it('has the days of the organisation', () => {
    const timeline = [{ date: '2026-11-21', signed: 1 }]
    const status = { ...aStatus, timeline, dueAt: '2026-11-25T10:59:59Z' }
    const labels = ['Pacific/Apia', 'America/Sao_Paulo'].map((zone) => {
      const { first, last } = chartOf(status, Date.parse('2026-11-22T11:00:00Z'), zone)
      return [dayText(first + 1), dayText(last)]
    })
    // In Apia the deadline is the end of a day; in São Paulo it is in the morning of that day.
    expect(labels).toEqual([
      ['Nov 21, 2026', 'Nov 25, 2026'],
      ['Nov 21, 2026', 'Nov 25, 2026'],
    ])
    const ends = (zone: string) =>
      chartOf({ ...noStatus, timeline }, Date.parse('2026-11-22T11:00:00Z'), zone)
    expect([dayText(ends('Pacific/Apia').last), dayText(ends('America/Sao_Paulo').last)]).toEqual([
      'Nov 23, 2026',
      'Nov 22, 2026',
    ])
  })

  it('marks no deadline from before it begins', () => {
    const timeline = [{ date: '2026-11-22', signed: 1 }]
    expect(chart({ timeline, dueAt: '2026-11-01T00:00:00Z' }).due).toBeUndefined()
  })
})
