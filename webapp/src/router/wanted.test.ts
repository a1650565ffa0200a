import { afterEach, describe, expect, it, vi } from 'vitest'
import { forgetWanted, rememberWanted, wantedPlace } from './wanted'

describe('the document that somebody wanted before having an account', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is remembered for a day, or until it is forgotten', () => {
    vi.useFakeTimers()
    rememberWanted('/?doc=handbook')
    vi.advanceTimersByTime(23 * 60 * 60 * 1_000)
    expect(wantedPlace()).toBe('/?doc=handbook')
    vi.advanceTimersByTime(2 * 60 * 60 * 1_000)
    expect(wantedPlace()).toBeUndefined()
    rememberWanted('/d/x')
    forgetWanted()
    expect(wantedPlace()).toBeUndefined()
  })

  it('never leads to another site, whatever is found in the storage', () => {
    rememberWanted('//evil.example/')
    expect(wantedPlace()).toBe('/')
    localStorage.setItem('ackify.wanted', '{"path":')
    expect(wantedPlace()).toBeUndefined()
  })
})
