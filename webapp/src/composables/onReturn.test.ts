import { afterEach, expect, it, vi } from 'vitest'
import { onReturn } from './onReturn'

afterEach(() => {
  vi.useRealTimers()
})

it('tells when somebody comes back to the tab, but not on every focus', () => {
  vi.useFakeTimers()
  const back = vi.fn()
  onReturn(back)
  window.dispatchEvent(new Event('focus'))
  expect(back).not.toHaveBeenCalled()
  vi.advanceTimersByTime(5_000)
  window.dispatchEvent(new Event('focus'))
  window.dispatchEvent(new Event('focus'))
  expect(back).toHaveBeenCalledOnce()
  document.dispatchEvent(new Event('visibilitychange'))
  expect(back).toHaveBeenCalledTimes(2)
})
