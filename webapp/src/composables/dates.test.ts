import { describe, expect, it, vi } from 'vitest'
import { formatDate, formatDateTime, formatUtc, regional, timeZone } from './dates'

const at = '2026-11-21T09:42:07.123456Z'

describe('times', () => {
  it('are written in the reader’s language', () => {
    expect(formatDate(at, 'de')).toBe('21. November 2026')
    expect(formatDate(at, 'fr')).toBe('21 novembre 2026')
    expect(formatDate(at, 'en-GB')).toBe('21 November 2026')
    expect(formatDateTime(at, 'en-GB')).toMatch(/^21 November 2026 at \d\d:42:07$/)
  })

  it('keep every digit in UTC', () => {
    expect(formatUtc(at)).toBe('2026-11-21 09:42:07.123456 UTC')
    expect(formatUtc('2026-11-21T09:42:07Z')).toBe('2026-11-21 09:42:07 UTC')
  })

  it('follow the browser’s region when it speaks the same language', () => {
    expect(regional('en', ['fr-CH', 'en-GB', 'en-US'])).toBe('en-GB')
    expect(regional('it', ['fr-CH'])).toBe('it')
  })

  it.each([
    ['Europe/Paris', 'Europe/Paris'],
    ['Etc/Unknown', 'UTC'],
    ['', 'UTC'],
  ])('are also given in the zone of the browser: %s is %s', (named, zone) => {
    const options = new Intl.DateTimeFormat().resolvedOptions()
    const known = vi
      .spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions')
      .mockReturnValue({ ...options, timeZone: named })
    expect(timeZone()).toBe(zone)
    known.mockRestore()
  })
})
