import userEvent from '@testing-library/user-event'
import { screen, waitFor } from '@testing-library/vue'
import { describe, expect, it, vi } from 'vitest'
import LedgerPage from '@/pages/LedgerPage.vue'
import { applyLocale } from '@/i18n'
import type { LedgerState, User } from '@/services/types'
import { mount, violations } from '@/test/mount'
import { aCheck, aLedger, aUser, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'
import { findingText } from './findings'

const admin: User = { ...aUser, role: 'admin' }
const auditor: User = { ...aUser, role: 'auditor' }

async function open(state: LedgerState | Handler, more: Record<string, Handler> = {}, user: User = admin) {
  const sent = serve({
    'GET /ledger': typeof state === 'function' ? state : () => json(state),
    ...more,
  })
  const view = await mount(LedgerPage, { path: '/admin/ledger', user })
  return { sent, ...view }
}
const verdict = (name: RegExp) => screen.findByRole('heading', { level: 2, name })

describe('the ledger’s page', () => {
  it('says in words that all is well, and shows what an auditor needs', async () => {
    const { container } = await open(aLedger)
    await verdict(/is intact and continues what was published/)
    expect(screen.getByText('Entries checked: 1,284, 3 erased')).toBeTruthy()
    expect(screen.getAllByText('1,290').length).toBeGreaterThan(0)
    expect(screen.getByText('/var/lib/checkpoints/ledger')).toBeTruthy()
    expect(screen.queryByText(/one disk’s loss takes both/)).toBeNull()
    expect(screen.getByText(aLedger.keys.ledger[0]!.vkey)).toBeTruthy()
    expect(screen.getByText('3c1f0d5e…0e9f9a02')).toBeTruthy()
    expect(screen.getAllByText('Current')).toHaveLength(2)
    expect(screen.getByRole('link', { name: 'Download the keys' }).getAttribute('href')).toMatch(
      /\/ledger\/keys$/,
    )
    expect(screen.getByRole('link', { name: 'Download the newest checkpoint' }).getAttribute('href')).toMatch(
      /\/ledger\/checkpoint$/,
    )
    expect(await violations(container)).toEqual([])
  })

  it('warns when one disk’s loss takes the database and the checkpoints', async () => {
    await open({ ...aLedger, published: { ...aLedger.published, sameVolume: true } })
    expect(await screen.findByText(/one disk’s loss takes both/)).toBeTruthy()
  })

  it('does not call a ledger intact that was not checked', async () => {
    await open(() => json({ ...aLedger, lastCheck: undefined, lastFullCheck: undefined }))
    await verdict(/is still to be checked/)
    expect(screen.getByText('There has been no check yet.')).toBeTruthy()
  })

  it('does not call a ledger intact whose last check could not be made', async () => {
    const failed = {
      ...aCheck,
      id: 8,
      state: 'failed' as const,
      code: 'check.failed',
      detail: 'no connection',
    }
    await open({ ...aLedger, lastCheck: failed })
    await verdict(/could not be made/)
    expect(screen.getByText('no connection')).toBeTruthy()
    expect(screen.getByRole('heading', { name: /Last check of the whole ledger Intact/ })).toBeTruthy()
  })

  it('says what to do when the ledger does not continue what was published', async () => {
    const reason = 'the ledger has 1200 entries, 1290 were published'
    const { container } = await open({ ...aLedger, status: 'inconsistent', reason, size: 1200 })
    await verdict(/does not continue what was published: nothing is signed/)
    expect(screen.getByText(reason).getAttribute('lang')).toBe('en')
    expect(screen.getByText(/at least the entries that were published: 1,290/)).toBeTruthy()
    expect(screen.getByText('ackify ledger accept --reason "…"')).toBeTruthy()
    expect(await violations(container)).toEqual([])
  })

  it('says so when this server has a retired key', async () => {
    const { container } = await open({ ...aLedger, status: 'key_retired', reason: 'x' })
    await verdict(/key was replaced: it signs nothing/)
    expect(await violations(container)).toEqual([])
  })

  it('does not take a check that could not be made for what is wrong', async () => {
    const failed = {
      ...aCheck,
      id: 9,
      state: 'failed' as const,
      code: 'check.failed',
      detail: 'no connection',
    }
    await open({ ...aLedger, status: 'disproven', lastCheck: failed, reason: 'entry 7 is gone' })
    await verdict(/Something in the ledger is wrong/)
    expect(screen.getByText('entry 7 is gone')).toBeTruthy()
  })

  it('names the first thing that is wrong, where, and in the server’s words', async () => {
    const detail = 'column title says "B", the signed statement "A"'
    const wrong = { ...aCheck, state: 'disproven' as const, code: 'signature.column', seq: 12, detail }
    const { container } = await open({ ...aLedger, status: 'disproven', lastCheck: wrong, reason: detail })
    await verdict(/Something in the ledger is wrong/)
    expect(screen.getByText(/An acknowledgement says something else than its entry/)).toBeTruthy()
    expect(screen.getByText('signature.column')).toBeTruthy()
    expect(screen.getByText(/entry 12 of the ledger/)).toBeTruthy()
    expect(screen.getByText(detail).getAttribute('lang')).toBe('en')
    expect(await violations(container)).toEqual([])
  })

  it('is empty before the first entry', async () => {
    const nothing = { root: undefined, lastCheck: undefined, lastFullCheck: undefined }
    await open(() => json({ ...aLedger, ...nothing, size: 0, published: { file: '/data/checkpoints' } }))
    await verdict(/has no entry yet/)
    expect(screen.getByText('none yet')).toBeTruthy()
    expect(screen.queryByRole('link', { name: 'Download the newest checkpoint' })).toBeNull()
  })

  it('shows a skeleton, then the error with a way on', async () => {
    let fails = true
    const { container } = await open(() => (fails ? problem(503, 'database.unavailable') : json(aLedger)))
    expect(screen.getByText('Loading…')).toBeTruthy()
    expect((await screen.findByRole('alert')).textContent).toContain('cannot reach its database')
    expect(await violations(container)).toEqual([])
    fails = false
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
    await verdict(/is intact/)
  })

  it('lets an auditor read, and begin nothing', async () => {
    await open(aLedger, {}, auditor)
    await verdict(/is intact/)
    expect(screen.queryByRole('button', { name: 'Check now' })).toBeNull()
  })
})

describe('a check, asked for', () => {
  it('shows how far it is, and then the verdict', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 50 })
    try {
      const begun = { ...aCheck, id: 8, state: 'running' as const, checked: 0 }
      let asked = 0
      const answers: LedgerState[] = [
        aLedger,
        { ...aLedger, running: { ...begun, checked: 321 } },
        { ...aLedger, lastCheck: { ...aCheck, id: 8, erased: 4 } },
      ]
      const { sent, container } = await open(() => json(answers[Math.min(asked++, 2)]), {
        'POST /ledger/checks': () => json(begun, 202),
      })
      const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime })
      await user.click(await screen.findByRole('button', { name: 'Check now' }))
      const bar = await screen.findByRole('progressbar', { name: 'The ledger is being checked' })
      await waitFor(() => expect(bar.getAttribute('aria-valuenow')).toBe('321'))
      expect(bar.getAttribute('aria-valuemax')).toBe('1284')
      expect(bar.getAttribute('aria-valuetext')).toBe('321 of 1,284 entries')
      expect(screen.getByRole('button', { name: 'Checking…' }).getAttribute('aria-disabled')).toBe('true')
      expect(await violations(container)).toEqual([])
      await vi.advanceTimersByTimeAsync(1_100)
      await waitFor(() => expect(screen.queryByRole('progressbar')).toBeNull())
      const said = screen.getByText('Entries checked: 1,284, 4 erased').closest('[aria-live]')
      expect(said?.getAttribute('aria-live')).toBe('polite')
      expect(sent.filter(({ method }) => method === 'POST')).toHaveLength(1)
      const before = sent.length
      await vi.advanceTimersByTimeAsync(5_000)
      expect(sent, 'nobody asks on once it has ended').toHaveLength(before)
    } finally {
      vi.useRealTimers()
    }
  })

  it('shows the one under way when there is one already', async () => {
    const running = { ...aCheck, id: 9, state: 'running' as const, since: 1000, size: 1284, checked: 71 }
    let asked = 0
    await open(() => json(asked++ === 0 ? aLedger : { ...aLedger, running }), {
      'POST /ledger/checks': () => problem(409, 'ledger.check_running'),
    })
    await userEvent.click(await screen.findByRole('button', { name: 'Check now' }))
    expect((await screen.findByRole('alert')).textContent).toContain('A check is under way already')
    const bar = await screen.findByRole('progressbar')
    expect(bar.getAttribute('aria-valuetext')).toBe('71 of 284 entries')
  })
})

describe('what a check found', () => {
  const codes =
    'entry.signature tree.node checkpoint.root signature.stray revision.column erasure.undone key.window guard.role file.malformed check.failed'
  it.each(['en', 'fr', 'es', 'de', 'it'] as const)(
    'has a sentence for every family in %s',
    async (locale) => {
      await applyLocale(locale)
      const sentences = codes.split(' ').map(findingText)
      expect(new Set(sentences).size).toBe(10)
      for (const sentence of sentences) expect(sentence).not.toMatch(/^ledger\./)
    },
  )

  it('admits that it has no words for another one', () => {
    expect(findingText('moon.full')).toContain('no words for')
  })
})
