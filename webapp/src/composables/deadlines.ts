const two = (part: number) => String(part).padStart(2, '0')

/** The day (YYYY-MM-DD) on which a time falls in the reader's time zone. */
export function dayOf(time: string | Date): string {
  const date = new Date(time)
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** The last second of a day (YYYY-MM-DD) in the reader's time zone, in UTC: a deadline holds the whole day. */
export function endOfDay(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date, 23, 59, 59).toISOString()
}

/** Whether a time is a day's last minute for the reader: then the day says it all. */
export function endsDay(time: string): boolean {
  const date = new Date(time)
  return date.getHours() === 23 && date.getMinutes() === 59
}
