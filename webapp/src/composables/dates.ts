/** Times come as RFC 3339 in UTC with microseconds; people read them in their own zone and language. */

/** The reader's own variant of the app's language, where the browser names one: en-GB writes dates unlike en-US. */
export function regional(locale: string, wanted: readonly string[] = navigator.languages): string {
  return wanted.find((tag) => tag.toLowerCase().split('-')[0] === locale) ?? locale
}

export function formatDateTime(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'medium' }).format(new Date(iso))
}

/** For lists: to the minute; the exact time is on hover. */
export function formatShort(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso))
}

export function formatDate(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(new Date(iso))
}

/** For what ends within the day. */
export function formatTime(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(new Date(iso))
}

/** The reader's time zone by its name in the IANA database; UTC where the browser knows none. */
export function timeZone(): string {
  const name = new Intl.DateTimeFormat().resolvedOptions().timeZone
  return name && name !== 'Etc/Unknown' ? name : 'UTC'
}

/** The exact time as the server gave it: nothing is rounded, so that it can be compared with the receipt. */
export function formatUtc(iso: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)Z$/.exec(iso)
  return parts ? `${parts[1]} ${parts[2]} UTC` : iso
}
