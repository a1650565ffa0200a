import { describe, expect, it } from 'vitest'
import { dayOf, endOfDay, endsDay } from './deadlines'

describe('a deadline', () => {
  it('holds the whole day in the reader’s time zone, and is that day again', () => {
    for (const day of ['2026-03-29', '2026-10-25', '2026-12-31', '2028-02-29']) {
      expect(endsDay(endOfDay(day))).toBe(true)
      expect(dayOf(endOfDay(day))).toBe(day)
    }
  })

  it('has a time of its own when it ends within the day', () => {
    expect(endsDay(new Date(2026, 10, 25, 12, 0).toISOString())).toBe(false)
  })
})
