/** Times come as RFC 3339 in UTC with microseconds; people read them in their own zone and language. */

/** The reader's own variant of the app's language, where the browser names one: en-GB writes dates unlike en-US. */
export function regional(locale: string, wanted: readonly string[] = navigator.languages): string {
  return wanted.find((tag) => tag.toLowerCase().split('-')[0] === locale) ?? locale
}

export function formatDateTime(iso: string, locale: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'medium', timeZone }).format(
    new Date(iso),
  )
}

/** For lists: to the minute; the exact time is on hover. */
export function formatShort(iso: string, locale: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(
    new Date(iso),
  )
}

/** The same for a day. */
export function formatDay(iso: string, locale: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone }).format(new Date(iso))
}

export function formatDate(iso: string, locale: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone }).format(new Date(iso))
}

/** For what ends within the day. */
export function formatTime(iso: string, locale: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone }).format(new Date(iso))
}

/** The reader's time zone by its name in the IANA database; UTC where the browser knows none. */
export function timeZone(): string {
  const name = new Intl.DateTimeFormat().resolvedOptions().timeZone
  return name && name !== 'Etc/Unknown' ? name : 'UTC'
}

/** Whether a browser can say what time it is in a zone. */
export function knowsZone(zone: string): boolean {
  try {
    return clockOf(zone) !== undefined
  } catch {
    return false
  }
}

const clocks = new Map<string, Intl.DateTimeFormat>()

function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone)
  if (!clock) {
    const two = '2-digit'
    clock = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    })
    clocks.set(timeZone, clock)
  }
  return clock
}

/** What calendar and clock show in a zone: year, month, day, hour, minute and second, in digits. */
export function partsIn(time: string | number | Date, zone: string): Partial<Record<string, string>> {
  const parts = clockOf(zone).formatToParts(new Date(time))
  return Object.fromEntries(parts.map(({ type, value }) => [type, value]))
}

/** The time that calendar and clock show in a zone, as if it were one of UTC, in milliseconds since 1970. */
export function wallTime(time: string | number | Date, zone: string): number {
  const { year, month, day, hour, minute, second } = partsIn(time, zone)
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
}

/** The exact time as the server gave it: nothing is rounded, so that it can be compared with the receipt. */
export function formatUtc(iso: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)Z$/.exec(iso)
  return parts ? `${parts[1]} ${parts[2]} UTC` : iso
}
