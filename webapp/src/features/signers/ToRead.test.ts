import { screen } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import MyDocuments from '@/features/signatures/MyDocuments.vue'
import type { ExpectedDocument } from '@/services/types'
import { mount, violations } from '@/test/mount'
import { aSignature, aUser, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'

const waiting: ExpectedDocument[] = [
  {
    docId: 'late',
    title: 'Late policy',
    revision: 2,
    addedAt: '2026-11-01T08:00:00.000000Z',
    dueAt: '2026-11-18T10:00:00.000000Z',
    overdue: true,
    signedRevision: 1,
  },
  {
    docId: 'soon',
    title: 'Due policy',
    revision: 1,
    addedAt: '2026-11-01T08:00:00.000000Z',
    dueAt: '2099-11-25T10:00:00.000000Z',
    overdue: false,
  },
  {
    docId: 'open',
    title: 'Open policy',
    revision: 1,
    addedAt: '2026-11-01T08:00:00.000000Z',
    overdue: false,
  },
]
const open = async (expected: Handler, done = [aSignature]) => {
  serve({
    'GET /users/me/expected': expected,
    'GET /signatures': () => json({ items: done }),
  })
  return mount(MyDocuments, { path: '/', user: aUser })
}

describe('what is to be read', () => {
  it('is listed as the server orders it, with its deadline in words', async () => {
    const { container } = await open(() => json({ items: waiting, total: 3 }))
    const late = (await screen.findByRole('link', { name: 'Late policy' })).closest('li')!
    expect(late.textContent).toContain('Overdue since')
    expect(late.textContent).toContain('you acknowledged revision 1, please acknowledge this one too')
    const soon = screen.getByRole('link', { name: 'Due policy' })
    expect(soon.getAttribute('href')).toBe('/d/soon')
    expect(soon.closest('li')!.textContent).toContain('Due ')
    expect(screen.getByRole('link', { name: 'Open policy' }).closest('li')!.textContent).toBe('Open policy')
    const titles = screen.getAllByRole('link', { name: /policy$/ }).map(({ textContent }) => textContent)
    expect(titles.slice(0, 3)).toEqual(['Late policy', 'Due policy', 'Open policy'])
    expect(await violations(container)).toEqual([])
  })

  it('says what to do when there is nothing, and when it cannot be had', async () => {
    const done = await open(() => json({ items: [], total: 0 }))
    expect(await screen.findByText('Nothing is waiting for you')).toBeTruthy()
    done.unmount()
    const nothing = await open(() => json({ items: [], total: 0 }), [])
    expect(await screen.findByText('Open the link you were sent')).toBeTruthy()
    nothing.unmount()
    await open(() => problem(503, 'database.unavailable'))
    expect(await screen.findByText(/cannot reach its database/)).toBeTruthy()
  })
})
