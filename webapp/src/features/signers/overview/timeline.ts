import { regional, wallTime } from '@/composables/dates'
import { currentLocale } from '@/i18n'
import type { DocumentStatus } from '@/services/types'

type Day = DocumentStatus['timeline'][number]
const dayLength = 86_400_000
const numberOf = (date: string) => Math.floor(Date.parse(`${date}T00:00:00Z`) / dayLength)

export interface Chart {
  /** The line, and the area below it, as paths of a box of 100 by 100 with the origin at the top left */
  line: string
  area: string
  /** Where the deadline is, from 0 to 100 */
  due?: number
  /** First and last day, counted from 1970 */
  first: number
  last: number
}

/**
 * A curve of how many have acknowledged by the end of each day: from the day before the first until today, or until
 * the deadline if that is later. The days are those of a time zone.
 */
export function chartOf({ timeline, expected, dueAt }: DocumentStatus, now: number, zone: string): Chart {
  const days = timeline.map(({ date, signed }) => ({ day: numberOf(date), signed }))
  // A day is where it ends, and so is a deadline that ends with it.
  const dueDay = dueAt === undefined ? undefined : wallTime(dueAt, zone) / dayLength - 1
  const today = Math.floor(wallTime(now, zone) / dayLength)
  const first = (days[0]?.day ?? today) - 1
  const end = Math.max(days.at(-1)?.day ?? today, today)
  const last = Math.max(end, Math.ceil(dueDay ?? 0), first + 1)
  const x = (day: number) => (100 * (day - first)) / (last - first)
  const y = (signed: number) => 100 - (100 * signed) / Math.max(expected, signed, 1)
  const points = [{ day: first, signed: 0 }, ...days]
  // It stays as it was on the days on which nobody has acknowledged.
  if (end > points.at(-1)!.day) points.push({ day: end, signed: points.at(-1)!.signed })
  const line = points.map((point, index) => step(point, points[index - 1], x, y)).join(' ')
  const area = `${line} L${x(end).toFixed(2)} 100 L0 100 Z`
  return { line, area, first, last, ...(dueDay !== undefined && dueDay >= first && { due: x(dueDay) }) }
}

interface Point {
  day: number
  signed: number
}

function step(
  { day, signed }: Point,
  before: Point | undefined,
  x: (day: number) => number,
  y: (signed: number) => number,
): string {
  const end = `${x(day).toFixed(2)} ${y(signed).toFixed(2)}`
  if (!before) return `M${end}`
  const level = before.day < day - 1 ? `L${x(day - 1).toFixed(2)} ${y(before.signed).toFixed(2)} ` : ''
  return `${level}L${end}`
}

/** A day of the chart. */
export function dayText(day: number): string {
  const format = new Intl.DateTimeFormat(regional(currentLocale()), { dateStyle: 'medium', timeZone: 'UTC' })
  return format.format(day * dayLength)
}

export const dayTextOf = ({ date }: Day): string => dayText(numberOf(date))
