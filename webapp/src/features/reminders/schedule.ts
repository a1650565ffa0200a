import { regional } from '@/composables/dates'
import type { FieldCodes } from '@/composables/form'
import { currentLocale, t } from '@/i18n'
import type { ReminderSchedule } from '@/services/types'

/** A schedule as it is typed. */
export interface ScheduleDraft {
  enabled: boolean
  /** Numbers of days, with commas between them */
  daysBefore: string
  daysAfter: string
  /** Monday is 1 */
  weekdays: number[]
  hour: string
  maxReminders: string
  escalates: boolean
  escalateAfterDays: string
  managerEmail: string
  managerName: string
}
export const scheduleFields = [
  'daysBefore',
  'daysAfter',
  'weekdays',
  'hour',
  'maxReminders',
  'escalateAfterDays',
  'managerEmail',
  'managerName',
] as const
export type ScheduleField = (typeof scheduleFields)[number]

export function draftOf(schedule: ReminderSchedule): ScheduleDraft {
  return {
    enabled: schedule.enabled,
    daysBefore: schedule.daysBefore.join(', '),
    daysAfter: schedule.daysAfter.join(', '),
    weekdays: [...schedule.weekdays],
    hour: String(schedule.hour),
    maxReminders: String(schedule.maxReminders),
    escalates: schedule.escalateAfterDays !== undefined,
    escalateAfterDays: String(schedule.escalateAfterDays ?? 7),
    managerEmail: schedule.managerEmail ?? '',
    managerName: schedule.managerName ?? '',
  }
}

/** A whole number between two others, or undefined for anything else. */
function numberIn(text: string, least: number, most: number): number | undefined {
  const word = text.trim()
  if (!/^\d{1,4}$/.test(word)) return undefined
  const value = Number(word)
  return value >= least && value <= most ? value : undefined
}

const wordsOf = (text: string) => text.split(/[\s,;]+/).filter(Boolean)

/** The words in a list of days that are none. */
export const wrongDays = (text: string, least: number): string[] =>
  wordsOf(text).filter((word) => numberIn(word, least, 365) === undefined)

/** The days in a text, each once; undefined when one of them is none, or there are more than ten. */
export function daysIn(text: string, least: number): number[] | undefined {
  const days = wordsOf(text).map((word) => numberIn(word, least, 365))
  if (days.some((day) => day === undefined)) return undefined
  const once = [...new Set(days as number[])]
  return once.length <= 10 ? once : undefined
}

/** Takes an address and a name apart that were pasted together, as mail programs write them. */
export function managerOf(draft: Pick<ScheduleDraft, 'managerEmail' | 'managerName'>): {
  email: string
  name: string
} {
  const [email, name] = [draft.managerEmail.trim(), draft.managerName.trim()]
  const both = /^(.*?)<([^<>]+)>$/s.exec(email)
  if (!both) return { email, name }
  const before = both[1]!.trim().replace(/^"(.*)"$/s, '$1')
  return { email: both[2]!.trim(), name: name || before }
}

/** What cannot be sent as it is, by field. */
export function checkDraft(draft: ScheduleDraft): FieldCodes<ScheduleField> {
  const found: FieldCodes<ScheduleField> = {}
  if (!daysIn(draft.daysBefore, 0)) found.daysBefore = 'schedule.days'
  if (!daysIn(draft.daysAfter, 1)) found.daysAfter = 'schedule.days'
  if (draft.weekdays.length === 0) found.weekdays = 'schedule.weekdays'
  if (numberIn(draft.maxReminders, 1, 50) === undefined) found.maxReminders = 'schedule.max_reminders'
  if (!draft.escalates) return found
  if (numberIn(draft.escalateAfterDays, 1, 365) === undefined) found.escalateAfterDays = 'schedule.escalation'
  const { email } = managerOf(draft)
  if (email === '') found.managerEmail = 'field.required'
  else if (!/^[^\s@]+@[^\s@]+$/.test(email)) found.managerEmail = 'email.invalid'
  return found
}

/** What a draft says, as the server takes it; null while something in it is wrong. */
export function scheduleOf(draft: ScheduleDraft): ReminderSchedule | null {
  if (Object.keys(checkDraft(draft)).length > 0) return null
  const { email, name } = managerOf(draft)
  return {
    enabled: draft.enabled,
    daysBefore: daysIn(draft.daysBefore, 0)!.sort((a, b) => b - a),
    daysAfter: daysIn(draft.daysAfter, 1)!.sort((a, b) => a - b),
    weekdays: [...draft.weekdays].sort((a, b) => a - b),
    hour: Number(draft.hour),
    maxReminders: Number(draft.maxReminders),
    ...(draft.escalates && {
      escalateAfterDays: Number(draft.escalateAfterDays),
      managerEmail: email,
      ...(name && { managerName: name }),
    }),
  }
}

/** The name of a day of the week; Monday is 1. */
export function weekdayName(day: number, style: 'long' | 'short' = 'long'): string {
  // The 1st of January 2024 was a Monday.
  return new Intl.DateTimeFormat(currentLocale(), { weekday: style, timeZone: 'UTC' }).format(
    Date.UTC(2024, 0, day),
  )
}

export function hourText(hour: number): string {
  return new Intl.DateTimeFormat(regional(currentLocale()), { timeStyle: 'short', timeZone: 'UTC' }).format(
    Date.UTC(2024, 0, 1, hour),
  )
}

const list = (parts: string[]) =>
  new Intl.ListFormat(currentLocale(), { style: 'long', type: 'conjunction' }).format(parts)

/** One day, or 7, 3 and 1 days */
function daysText(days: number[]): string {
  const [only = 0] = days
  return days.length === 1
    ? t('schedule.days', only)
    : t('schedule.manyDays', { days: list(days.map(String)) })
}

function moments({ daysBefore, daysAfter }: ReminderSchedule): string {
  const before = daysBefore.filter((day) => day > 0)
  const parts: string[] = []
  if (before.length > 0) parts.push(t('schedule.before', { days: daysText(before) }))
  if (daysBefore.includes(0)) parts.push(t('schedule.onTheDay'))
  if (daysAfter.length > 0) parts.push(t('schedule.after', { days: daysText(daysAfter) }))
  return list(parts)
}

function weekdaysText(weekdays: number[]): string {
  const days = [...weekdays].sort()
  if (days.length === 7) return t('schedule.everyDay')
  if (days.join() === '1,2,3,4,5') return t('schedule.workdays')
  return t('schedule.onDays', { days: list(days.map((day) => weekdayName(day))) })
}

/** What will happen by a schedule, in sentences. */
export function scheduleSays(schedule: ReminderSchedule, timeZone: string): string[] {
  if (!schedule.enabled) return [t('schedule.off')]
  const says: string[] = []
  const hour = hourText(schedule.hour)
  const when = { weekdays: weekdaysText(schedule.weekdays), hour, zone: timeZone }
  const reminds = schedule.daysBefore.length + schedule.daysAfter.length > 0
  if (reminds) {
    says.push(t('schedule.reminds', { moments: moments(schedule) }))
    says.push(t('schedule.when', when))
    if (schedule.weekdays.length < 7) says.push(t('schedule.waits'))
    says.push(t('schedule.most', schedule.maxReminders))
  }
  if (schedule.escalateAfterDays && schedule.managerEmail) {
    const who = schedule.managerName || schedule.managerEmail
    says.push(t('schedule.escalates', { days: t('schedule.days', schedule.escalateAfterDays), who }))
    if (!reminds) says.push(t('schedule.when', when))
  }
  return says.length > 0 ? says : [t('schedule.nothing')]
}
