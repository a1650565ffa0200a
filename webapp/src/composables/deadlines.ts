import { partsIn } from './dates'

/** A deadline is a day of the organisation: it ends with that day in the organisation's time zone. */

/** The day (YYYY-MM-DD) on which a time falls in a zone. */
export function dayOf(time: string | number | Date, zone: string): string {
  const { year, month, day } = partsIn(time, zone)
  return `${year!.padStart(4, '0')}-${month}-${day}`
}

const minute = 60_000
const numberOf = (day: string) => Number(day.replaceAll('-', ''))

/** The last second of a day (YYYY-MM-DD) in a zone, in UTC; the day before's, where clocks have skipped the day. */
export function endOfDay(day: string, zone: string): string {
  // Nowhere is a day later than twelve hours after midnight in UTC, and clocks differ from it by quarters of an hour.
  let end = Date.parse(`${day}T23:59:59Z`) + 12 * 60 * minute
  while (numberOf(dayOf(end, zone)) > numberOf(day)) end -= 15 * minute
  return new Date(end).toISOString()
}

/** Whether a time is in a day's last minute: then the day says it all. */
export function endsDay(time: string, zone: string): boolean {
  return dayOf(time, zone) !== dayOf(Date.parse(time) + minute, zone)
}
