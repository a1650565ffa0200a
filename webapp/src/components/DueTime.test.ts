import { describe, expect, it, vi } from 'vitest'
import { timeZone } from '@/composables/dates'
import { mount } from '@/test/mount'
import { aConfig, json, serve } from '@/test/server'
import DueTime from './DueTime.vue'

vi.mock(import('@/composables/dates'), async (original) => ({ ...(await original()), timeZone: vi.fn() }))

/** What is shown to a reader somewhere else, once the server has said where the organisation is. */
async function shown(iso: string, reader: string, organisation: string): Promise<string> {
  vi.mocked(timeZone).mockReturnValue(reader)
  const sent = serve({ 'GET /config': () => json({ ...aConfig, timeZone: organisation }) })
  const { container } = await mount(DueTime, { props: { iso } })
  await vi.waitUntil(() => sent.length > 0)
  await new Promise((answered) => setTimeout(answered))
  return container.textContent!.trim()
}

describe('a deadline', () => {
  it.each([
    ['2026-11-25T22:59:59Z', 'Europe/Paris', 'Europe/Paris', 'Nov 25, 2026'],
    ['2026-11-25T22:59:59Z', 'Europe/Berlin', 'Europe/Paris', 'Nov 25, 2026'],
    ['2026-11-25T22:59:59Z', 'Asia/Tokyo', 'Europe/Paris', 'Nov 25, 2026 (Europe/Paris)'],
    ['2026-11-25T11:00:00Z', 'UTC', 'Europe/Paris', 'Nov 25, 2026, 12:00 PM (Europe/Paris)'],
    ['2026-11-25T23:59:59Z', 'UTC', 'Mars/Olympus', 'Nov 25, 2026'],
  ])('%s, read in %s, of an organisation in %s', async (iso, reader, organisation, text) => {
    expect((await shown(iso, reader, organisation)).replace('\u202f', ' ')).toBe(text)
  })
})
