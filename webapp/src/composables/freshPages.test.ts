import { screen, waitFor } from '@testing-library/vue'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { useEmails } from '@/features/emails/queries'
import type { EmailPage, QueuedEmail } from '@/services/types'
import { aQueued } from '@/test/mail'
import { mount } from '@/test/mount'
import { json, serve } from '@/test/server'
import { renewed } from './freshPages'

interface Row {
  id: number
  state: string
}
const rows = (...ids: number[]): Row[] => ids.map((id) => ({ id, state: 'old' }))
const fresh = (...ids: number[]): Row[] => ids.map((id) => ({ id, state: 'new' }))
const texts = (items: Row[]) => items.map(({ id, state }) => `${id} ${state}`)

describe('a page that is asked for again', () => {
  it.each([
    ['knows what became of its rows', rows(3, 2), 'c', fresh(3, 2), 'c', ['3 new', '2 new']],
    [
      'keeps those that newer ones push down',
      rows(3, 2),
      'c',
      fresh(5, 4),
      'd',
      ['5 new', '4 new', '3 old', '2 old'],
    ],
    ['leaves out those that left the list', rows(3, 2), 'c', fresh(2, 1), 'd', ['2 new']],
    ['takes nothing of the next page', rows(4, 3), 'c', fresh(4, 2), 'd', ['4 new']],
    ['may be the last', rows(2), undefined, fresh(2, 1), undefined, ['2 new', '1 new']],
  ] as const)('%s', (_, items, cursor, now, next, wanted) => {
    const page = renewed<Row, { items: Row[]; nextCursor?: string }>(
      { items: [...items], ...(cursor && { nextCursor: cursor }) },
      { items: [...now], ...(next && { nextCursor: next }) },
    )
    expect(texts(page.items)).toEqual(wanted)
    expect(page.nextCursor).toBe(cursor)
  })
})

describe('the queue on screen', () => {
  beforeEach(() => void vi.useFakeTimers({ shouldAdvanceTime: true }))
  afterEach(() => void vi.useRealTimers())

  const email = (id: number, status: QueuedEmail['status']): QueuedEmail => ({ ...aQueued, id, status })
  const List = defineComponent(() => {
    const { items, first, hasMore, loadMore } = useEmails({ q: '', status: '' })
    return () => [
      h('p', items.value.map(({ id, status }) => `${id} ${status}`).join(', ')),
      h('p', `${first.value?.counts.pending} waiting`),
      hasMore.value ? h('button', { onClick: loadMore }, 'More') : null,
    ]
  })

  it('asks again only for the page on which something is about to be sent, and not when nothing is', async () => {
    let status: QueuedEmail['status'] = 'pending'
    const page = (items: QueuedEmail[], nextCursor?: string): EmailPage => ({
      items,
      counts: { pending: status === 'pending' ? 1 : 0, processing: 0, failed: 2 },
      ...(nextCursor && { nextCursor }),
    })
    const sent = serve({
      'GET /admin/emails': ({ query }) =>
        json(query.get('cursor') ? page([email(1, status)]) : page([email(2, 'failed')], 'c-1')),
    })
    const asked = () => sent.map(({ query }) => query.get('cursor') ?? 'first')
    await mount(List)
    await userEvent.click(await screen.findByText('More'))
    await screen.findByText('2 failed, 1 pending')
    expect(asked()).toEqual(['first', 'c-1'])
    await vi.advanceTimersByTimeAsync(4_000)
    await waitFor(() => expect(asked()).toEqual(['first', 'c-1', 'c-1']))
    status = 'sent'
    await vi.advanceTimersByTimeAsync(8_000)
    await screen.findByText('2 failed, 1 sent')
    expect(screen.getByText('0 waiting')).toBeTruthy()
    expect(asked()).toEqual(['first', 'c-1', 'c-1', 'c-1'])
    await vi.advanceTimersByTimeAsync(600_000)
    expect(asked()).toHaveLength(4)
  })
})
