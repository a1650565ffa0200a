import userEvent from '@testing-library/user-event'
import { screen, waitFor } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { mount, violations } from '@/test/mount'
import { aManaged, anAuthor } from '@/test/documents'
import { json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'
import DocumentsPage from './DocumentsPage.vue'

const open = async (answer: Handler, path = '/documents', more: Record<string, Handler> = {}) => {
  const sent = serve({ 'GET /documents': answer, ...more })
  const view = await mount(DocumentsPage, { path, user: anAuthor })
  const asked = () =>
    sent.filter(({ method }) => method === 'GET').map(({ query }) => Object.fromEntries(query))
  return { ...view, sent, asked }
}
const list = (...documents: object[]) => json({ items: documents.map((more) => ({ ...aManaged, ...more })) })

describe('the list of documents', () => {
  it('leads to the page of each, with its service, its count and its link', async () => {
    const { container } = await open(() => list({}))
    const title = await screen.findByRole('link', { name: aManaged.title })
    expect(title.getAttribute('href')).toBe('/documents/policy-2026')
    expect(screen.getByText('Google Docs')).toBeTruthy()
    expect(screen.getByText('by 12 people')).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Copy link' })).toBeTruthy()
    expect(await violations(container)).toEqual([])
  })

  it('says how far each is that somebody is asked to acknowledge', async () => {
    await open(() => list({ expectedCount: 312, missingCount: 61 }))
    expect(await screen.findByRole('progressbar', { name: '251 of 312' })).toBeTruthy()
    expect(screen.getByText(/61 missing/)).toBeTruthy()
  })

  it('counts those who are overdue among those who are missing', async () => {
    const some = await open(() => list({ expectedCount: 6, missingCount: 4, overdueCount: 1 }))
    const cell = (await screen.findByRole('progressbar', { name: '2 of 6' })).parentElement!
    expect(cell.textContent).toBe('2 of 6 · 4 missing · of these 1 overdue')
    some.container.remove()
    await open(() => list({ expectedCount: 6, missingCount: 4, overdueCount: 4 }))
    const all = (await screen.findByRole('progressbar', { name: '2 of 6' })).parentElement!
    expect(all.textContent).toBe('2 of 6 · 4 overdue')
  })

  it('keeps its order and what it is narrowed down to in the address', async () => {
    const { asked, router } = await open(() => list({}), '/documents?sort=title&source=file')
    await screen.findByText(aManaged.title)
    expect(asked()).toEqual([{ sort: 'title', state: 'current', source: 'file' }])
    await userEvent.selectOptions(screen.getByLabelText('Which'), 'changed')
    await waitFor(() => expect(router.currentRoute.value.query.state).toBe('changed'))
    await userEvent.selectOptions(screen.getByLabelText('Order'), '-createdAt')
    await waitFor(() => expect(router.currentRoute.value.query).toEqual({ state: 'changed', source: 'file' }))
    await userEvent.type(screen.getByLabelText('Search title or reference'), 'rules')
    await waitFor(() =>
      expect(asked().at(-1)).toEqual({ q: 'rules', sort: '-createdAt', state: 'changed', source: 'file' }),
    )
  })

  it('takes nothing from the address that the server would refuse', async () => {
    const { asked } = await open(() => list({}), '/documents?sort=colour&state=9')
    await screen.findByText(aManaged.title)
    expect(asked()).toEqual([{ sort: '-createdAt', state: 'current' }])
  })

  it('marks what has changed elsewhere, and takes a deletion back', async () => {
    let deleted = true
    const gone = { docId: 'gone', title: 'Gone', deletedAt: '2026-11-20T08:00:00.000000Z' }
    const changed = { remote: { state: 'changed', recheck: true } }
    const { sent } = await open(() => (deleted ? list(changed, gone) : list(changed)), '/documents', {
      'POST /documents/gone/restore': () => {
        deleted = false
        return json({ ...aManaged, docId: 'gone' })
      },
    })
    expect(await screen.findByText('Changed elsewhere', { selector: '.pill' })).toBeTruthy()
    expect(screen.getByText('Deleted', { selector: '.pill' })).toBeTruthy()
    await userEvent.click(screen.getByRole('button', { name: /Restore/ }))
    await waitFor(() => expect(screen.queryByText('Gone')).toBeNull())
    expect(sent.some(({ path }) => path === '/documents/gone/restore')).toBe(true)
  })

  it('says when there is none, none of a kind, none that matches, and when it cannot be read', async () => {
    const none = await open(() => list())
    expect(await screen.findByText('No documents yet')).toBeTruthy()
    expect(screen.queryByLabelText('Which')).toBeNull()
    none.unmount()
    const kept = await open(() => list(), '/documents?state=deleted')
    expect(await screen.findByText('No deleted documents')).toBeTruthy()
    expect(screen.getByLabelText('Which')).toBeTruthy()
    kept.unmount()
    const narrowed = await open(() => list(), '/documents?source=file')
    expect(await screen.findByText('Nothing found')).toBeTruthy()
    narrowed.unmount()
    await open(() => problem(503, 'database.unavailable'))
    expect((await screen.findByRole('alert')).textContent).toContain('database')
  })
})
