import { readFileSync } from 'node:fs'
import userEvent from '@testing-library/user-event'
import { fireEvent, screen, waitFor, within } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import AuditPage from '@/pages/AuditPage.vue'
import type { AuditEvent } from '@/services/types'
import { mount, violations } from '@/test/mount'
import { aConfig, aUser, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'
import { actionText, groupOptions } from './actions'
import { midnight } from './useAuditFilters'

const event: AuditEvent = {
  id: 1,
  at: '2026-11-21T09:42:07.123456Z',
  action: 'login.succeeded',
  actorKind: 'user',
  actorId: aUser.id,
  actorEmail: aUser.email,
  subjectType: '',
  subjectId: '',
  subjectLabel: '',
  detail: { method: 'magic_link' },
  ipAddress: '203.0.113.7',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  requestId: 'req-1',
}

async function open(events: AuditEvent[] | Handler, path = '/admin/audit') {
  const sent = serve({
    'GET /config': () => json(aConfig),
    'GET /audit': typeof events === 'function' ? events : () => json({ items: events }),
  })
  const view = await mount(AuditPage, { path, user: { ...aUser, role: 'auditor' } })
  const asked = () =>
    sent.filter((one) => one.path === '/audit').map(({ query }) => Object.fromEntries(query))
  return { asked, ...view }
}
const words = (cell: HTMLElement) => cell.textContent?.replace(/\s+/g, ' ').trim()
const rows = async () => {
  const table = await screen.findByRole('table', { name: 'Audit trail' })
  return within(table)
    .getAllByRole('row')
    .slice(1)
    .map((row) => within(row).getAllByRole('cell').map(words).join(' | '))
}

describe('the audit trail', () => {
  it('says who did what, to whom and from where', async () => {
    const { container } = await open([
      event,
      {
        ...event,
        id: 2,
        action: 'account.role_changed',
        actorEmail: 'ada@acme.example',
        subjectType: 'user',
        subjectLabel: aUser.email,
        detail: { from: 'signer', to: 'author', why: 'ACKIFY_ADMIN_EMAILS' },
      },
      {
        ...event,
        id: 3,
        action: 'login.failed',
        actorKind: 'nobody',
        actorEmail: '',
        subjectLabel: aUser.email,
        detail: { method: 'password', code: 'auth.invalid_credentials' },
      },
      {
        ...event,
        id: 4,
        action: 'ledger.accepted',
        actorKind: 'command',
        actorEmail: '',
        detail: {},
        ipAddress: '',
        userAgent: '',
      },
      {
        ...event,
        id: 5,
        action: 'account.unverified_deleted',
        actorKind: 'system',
        actorEmail: '',
        subjectLabel: 'erased',
        detail: {},
      },
      {
        ...event,
        id: 6,
        action: 'document.created',
        actorKind: 'token',
        subjectLabel: 'Travel 2026',
        detail: {},
      },
      { ...event, id: 7, action: 'session.device_changed', detail: { was: 'Firefox, Linux', is: '' } },
      {
        ...event,
        id: 8,
        action: 'token.created',
        subjectLabel: 'Nightly',
        detail: { scopes: 'documents:read admin', expires: '2027-01-02T12:00:00Z' },
      },
      { ...event, id: 9, action: 'erasure.completed', detail: { entries: '3' } },
      { ...event, id: 10, action: 'something.new', detail: { colour: 'blue', which: 'others' } },
    ])
    const texts = await rows()
    expect(texts[0]).toMatch(/2026.* \| sam\.okafor@acme\.example \| Logged in ?by link from a mail \| 203/)
    expect(texts[0]).toMatch(/Firefox, Linux$/)
    expect(texts[1]).toMatch(
      /Role changed ?sam\.okafor@acme\.example ?from Signer to Author · ACKIFY_ADMIN_EMAILS/,
    )
    expect(texts[2]).toMatch(/Somebody unknown \| Could not log in.*by password · wrong email or password/)
    expect(texts[3]).toMatch(/\| Operator \(command\) \| Ledger accepted as it is \| $/)
    expect(texts[4]).toMatch(
      /\| System \| Account deleted: its address was never confirmed ?Erased person \|/,
    )
    expect(texts[5]).toMatch(/with an API token \| Document created ?Travel 2026 \|/)
    expect(texts[6]).toContain('from Firefox, Linux to ?')
    expect(texts[7]).toMatch(/Nightly ?documents:read, admin · valid until .*2027/)
    expect(texts[8]).toMatch(/Person erased ?3 entries/)
    expect(texts[9]).toMatch(/something\.new ?colour: blue · all other sessions/)
    expect(await violations(container)).toEqual([])
  })

  it('has a sentence for every action that the server knows, and each in a group', () => {
    const source = readFileSync('../backend/internal/domain/trail.go', 'utf8')
    const actions = [...source.matchAll(/^\tAct\w+ += "([a-z_.]+)"/gm)].map(([, action = '']) => action)
    expect(actions.length).toBeGreaterThan(25)
    const groups = groupOptions().map(({ value }) => value)
    for (const action of actions) {
      expect(actionText(action), action).not.toBe(action)
      expect(groups).toContain(action.split('.')[0])
    }
  })

  it('is narrowed down in the address, and the file is the same', async () => {
    const { asked, router } = await open(
      [event],
      '/admin/audit?q=sam&action=account&from=2026-11-01&to=2026-11-21',
    )
    await rows()
    const wanted = {
      q: 'sam',
      action: 'account',
      from: new Date(2026, 10, 1).toISOString(),
      to: new Date(2026, 10, 22).toISOString(),
    }
    expect(asked()).toEqual([wanted])
    const file = new URL(screen.getByRole('link', { name: 'Download CSV' }).getAttribute('href')!)
    expect(file.pathname).toBe('/api/v1/audit.csv')
    expect(Object.fromEntries(file.searchParams)).toEqual(wanted)
    await userEvent.selectOptions(screen.getByLabelText('What it is about'), 'login')
    await waitFor(() => expect(router.currentRoute.value.query.action).toBe('login'))
    await fireEvent.update(screen.getByLabelText('From day'), '')
    await waitFor(() => expect(router.currentRoute.value.query.from).toBeUndefined())
    await waitFor(() => expect(asked().at(-1)).toEqual({ q: 'sam', action: 'login', to: wanted.to }))
  })

  it('takes nothing from the address that the server would refuse', async () => {
    const { asked } = await open([event], '/admin/audit?action=A%20B&from=yesterday&to=2026-02-31')
    await rows()
    expect(asked()).toEqual([{}])
    expect(midnight('2026-02-29')).toBe('')
    expect(midnight('2028-02-29', 1)).toBe(new Date(2028, 2, 1).toISOString())
  })

  it('says what became of documents', async () => {
    const detail = { revision: '4', change: 'material' }
    await open([{ ...event, action: 'document.changed', subjectLabel: 'The handbook', detail }])
    const [row] = await rows()
    for (const text of ['New revision opened', 'The handbook', 'revision 4 · everyone acknowledges again'])
      expect(row).toContain(text)
  })

  it('goes on page by page', async () => {
    const { asked } = await open(({ query }) =>
      query.get('cursor')
        ? json({ items: [{ ...event, id: 2, action: 'session.ended', detail: { which: 'this' } }] })
        : json({ items: [event], nextCursor: 'c-1' }),
    )
    await userEvent.click(await screen.findByRole('button', { name: 'Show more' }))
    await waitFor(async () => expect(await rows()).toHaveLength(2))
    expect(asked().at(-1)).toEqual({ cursor: 'c-1' })
  })

  it('says when the days are the wrong way round', async () => {
    const { router } = await open([], '/admin/audit?from=2026-11-21&to=2026-11-20')
    expect(await screen.findByText('The first day is after the last')).toBeTruthy()
    expect(screen.queryByText('Nothing found')).toBeNull()
    await fireEvent.update(screen.getByLabelText('To day'), '2026-11-21')
    await waitFor(() => expect(router.currentRoute.value.query.to).toBe('2026-11-21'))
    expect(await screen.findByText('Nothing found')).toBeTruthy()
    expect(screen.getByLabelText('Search person, document or client address')).toBeTruthy()
  })

  it('says when nothing happened, when nothing matches, and when it cannot be read', async () => {
    const empty = await open([])
    expect(await screen.findByText('Nothing has happened yet')).toBeTruthy()
    empty.unmount()
    const narrowed = await open([], '/admin/audit?action=login')
    expect(await screen.findByText('Nothing found')).toBeTruthy()
    expect(await violations(narrowed.container)).toEqual([])
    narrowed.unmount()
    await open(() => problem(503, 'database.unavailable'))
    expect((await screen.findByRole('alert')).textContent).toContain('database')
    expect(screen.getByRole('button', { name: 'Try again' })).toBeTruthy()
  })
})
