import { describe, expect, it } from 'vitest'
import { dayOf, endOfDay, endsDay } from './deadlines'

describe('a deadline', () => {
  // The same as the server's, see backend/internal/domain/day_test.go.
  it.each([
    ['UTC', '2026-11-22', '2026-11-22T23:59:59.000Z'],
    ['Europe/Berlin', '2026-03-28', '2026-03-28T22:59:59.000Z'],
    ['Europe/Berlin', '2026-03-29', '2026-03-29T21:59:59.000Z'],
    ['Europe/Berlin', '2026-10-24', '2026-10-24T21:59:59.000Z'],
    ['Europe/Berlin', '2026-10-25', '2026-10-25T22:59:59.000Z'],
    ['America/Sao_Paulo', '2018-11-03', '2018-11-04T02:59:59.000Z'],
    ['America/Sao_Paulo', '2018-02-17', '2018-02-18T02:59:59.000Z'],
    ['America/Sao_Paulo', '2026-11-22', '2026-11-23T02:59:59.000Z'],
    ['Pacific/Apia', '2011-12-29', '2011-12-30T09:59:59.000Z'],
    ['Pacific/Apia', '2011-12-31', '2011-12-31T09:59:59.000Z'],
    ['America/Nuuk', '2026-03-28', '2026-03-29T00:59:59.000Z'],
    ['Pacific/Kiritimati', '2026-11-22', '2026-11-22T09:59:59.000Z'],
    ['Etc/GMT+12', '2026-11-22', '2026-11-23T11:59:59.000Z'],
    ['Australia/Lord_Howe', '2026-04-04', '2026-04-04T12:59:59.000Z'],
    ['Asia/Kathmandu', '2028-02-29', '2028-02-29T18:14:59.000Z'],
    ['Europe/Berlin', '9999-12-31', '9999-12-31T22:59:59.000Z'],
  ])('in %s holds all of %s, and is that day again', (zone, day, end) => {
    expect(endOfDay(day, zone)).toBe(end)
    expect(dayOf(end, zone)).toBe(day)
    expect(endsDay(end, zone)).toBe(true)
  })

  it('of a day that a place has skipped is the end of the day before', () => {
    expect(endOfDay('2011-12-30', 'Pacific/Apia')).toBe('2011-12-30T09:59:59.000Z')
  })

  it('is what it is while a year is still being typed', () => {
    expect(endOfDay('0020-11-25', 'UTC')).toBe('0020-11-25T23:59:59.000Z')
  })

  it('has a time of its own when it ends within the day there', () => {
    expect(endsDay('2026-11-25T12:00:00Z', 'Europe/Paris')).toBe(false)
    expect(endsDay('2026-11-25T23:59:59Z', 'Europe/Paris')).toBe(false)
    expect(endsDay('2026-11-25T23:59:59Z', 'UTC')).toBe(true)
  })
})
