import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, ref } from 'vue'
import type { EffectScope } from 'vue'
import { readingKey, useReading } from './useReading'
import type { View } from './useReading'

const key = readingKey('sam', 'policy', 3)
let scope: EffectScope
let view: View
const begin = (name: Parameters<typeof useReading>[0] = key) => {
  scope = effectScope()
  return scope.run(() => useReading(name))!
}
const visible = (state: DocumentVisibilityState) => {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state)
  document.dispatchEvent(new Event('visibilitychange'))
}

describe('what was seen of a document', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    view = { pages: [1] }
  })
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
  })

  it('counts a page once it has been in view for a second', () => {
    const reading = begin()
    expect(reading.evidence).toBeUndefined()
    reading.open(3, () => view)
    vi.advanceTimersByTime(750)
    expect(reading.left).toBe(3)
    vi.advanceTimersByTime(250)
    expect(reading.left).toBe(2)
    expect([...reading.seen]).toEqual([1])
    expect(reading.progress).toBeCloseTo(1 / 3)
  })

  it('does not count what only passes by', () => {
    const reading = begin()
    reading.open(3, () => view)
    for (const page of [1, 2, 3, 1, 2, 3]) {
      view = { pages: [page] }
      vi.advanceTimersByTime(500)
    }
    expect(reading.left).toBe(3)
    expect(reading.evidence).toEqual({ pages: 3, pagesSeen: 0, seconds: 3 })
  })

  it('is complete with every page, and stays so', () => {
    const reading = begin()
    reading.open(2, () => view)
    view = { pages: [1, 2] }
    vi.advanceTimersByTime(1_000)
    expect(reading.complete).toBe(true)
    view = { pages: [] }
    vi.advanceTimersByTime(1_000)
    expect(reading.complete).toBe(true)
  })

  it('counts neither time nor pages while the tab is not visible', () => {
    const reading = begin()
    reading.open(1, () => view)
    visible('hidden')
    vi.advanceTimersByTime(60_000)
    expect(reading.evidence).toEqual({ pages: 1, pagesSeen: 0, seconds: 0 })
    visible('visible')
    vi.advanceTimersByTime(2_000)
    expect(reading.evidence).toEqual({ pages: 1, pagesSeen: 1, seconds: 2 })
  })

  it('survives a reload, for the same person, document and revision alone', () => {
    const reading = begin()
    reading.open(4, () => view)
    vi.advanceTimersByTime(2_000)
    scope.stop()
    const again = begin()
    expect(again.evidence).toEqual({ pages: 4, pagesSeen: 1, seconds: 2 })
    scope.stop()
    expect(begin(readingKey('sam', 'policy', 4)).evidence).toBeUndefined()
  })

  it('begins anew with another revision', () => {
    const name = ref(key)
    const reading = begin(name)
    reading.open(1, () => view)
    vi.advanceTimersByTime(1_000)
    expect(reading.complete).toBe(true)
    name.value = readingKey('sam', 'policy', 4)
    expect(reading.complete).toBe(false)
    expect(reading.evidence).toBeUndefined()
  })

  it('shows how far one has come in what has no pages', () => {
    const reading = begin()
    reading.open(1, () => view)
    view = { pages: [], reach: 0.4 }
    vi.advanceTimersByTime(250)
    view = { pages: [], reach: 0.2 }
    vi.advanceTimersByTime(250)
    expect(reading.progress).toBe(0.4)
    expect(reading.complete).toBe(false)
  })

  it('takes nothing from what somebody else has put there', () => {
    sessionStorage.setItem(key, '{"pages":-1,"seen":["x",99],"milliseconds":"many"}')
    expect(begin().evidence).toBeUndefined()
  })
})
