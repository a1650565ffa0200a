import { fireEvent, render, screen } from '@testing-library/vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiProblem } from '@/services/problem'
import { violations } from '@/test/mount'
import ErrorState from './ErrorState.vue'

const limited = (retryAfter?: number) =>
  new ApiProblem({
    code: 'request.rate_limited',
    status: 429,
    ...(retryAfter !== undefined && { retryAfter }),
  })

/** Shows it, once its part of the app has come. */
async function busy(props: { problem: ApiProblem; heading?: 'h1' | 'h2' }) {
  const view = render(ErrorState, { props })
  await vi.waitUntil(() => screen.queryByText(/ in \d+ s/))
  return view
}

describe('too many requests', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
  afterEach(() => void vi.useRealTimers())

  it('is said calmly, and tried again once the server listens', async () => {
    const view = await busy({ problem: limited(3), heading: 'h1' })
    expect(screen.getByRole('heading', { level: 1 }).textContent).toMatch(/a lot at once/)
    expect(screen.queryByRole('alert')).toBeNull()
    expect(screen.getByText(/in 3 s/)).toBeTruthy()
    await vi.advanceTimersByTimeAsync(2000)
    expect(view.emitted('retry')).toBeUndefined()
    await vi.advanceTimersByTimeAsync(5000)
    expect(view.emitted('retry')).toHaveLength(1)
  })

  it('is waited for anew when the answer is the same', async () => {
    const view = await busy({ problem: limited(1) })
    await vi.advanceTimersByTimeAsync(1000)
    await view.rerender({ problem: limited() })
    expect(screen.getByText(/in 60 s/)).toBeTruthy()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(view.emitted('retry')).toHaveLength(2)
  })

  it('is waited for no longer on a page that was left', async () => {
    const view = await busy({ problem: limited(1) })
    view.unmount()
    await vi.advanceTimersByTimeAsync(2000)
    expect(view.emitted('retry')).toBeUndefined()
  })
})

it('is read well', async () => {
  const { container } = await busy({ problem: limited(1), heading: 'h2' })
  expect(await violations(container)).toEqual([])
})

it('is no reason to hide what else went wrong', async () => {
  const view = render(ErrorState, { props: { problem: new ApiProblem({ code: 'internal', status: 500 }) } })
  await fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
  expect(view.emitted('retry')).toHaveLength(1)
})
