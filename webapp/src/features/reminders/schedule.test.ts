import { describe, expect, it } from 'vitest'
import { applyLocale } from '@/i18n'
import type { ReminderSchedule } from '@/services/types'
import { checkDraft, daysIn, draftOf, managerOf, scheduleOf, scheduleSays, wrongDays } from './schedule'

const schedule: ReminderSchedule = {
  enabled: true,
  daysBefore: [7, 1, 0],
  daysAfter: [3],
  weekdays: [1, 2, 3, 4, 5],
  hour: 9,
  maxReminders: 5,
  escalateAfterDays: 14,
  managerEmail: 'ada@acme.example',
  managerName: 'Ada Lindqvist',
}
const says = (more: Partial<ReminderSchedule> = {}) => scheduleSays({ ...schedule, ...more }, 'Europe/Paris')

describe('a schedule of reminders', () => {
  it('says in sentences what will happen', async () => {
    expect(says()).toEqual([
      'Whoever is missing is reminded 7 and 1 days before the deadline, on the day of the deadline, and 3 days after the deadline.',
      expect.stringMatching(/^Emails go out at .*\(Europe\/Paris\), from Monday to Friday\.$/),
      'What falls on another day waits for the next of these.',
      'Nobody gets more than 5 of these reminders.',
      '14 days after the deadline, Ada Lindqvist is told once of each person who is missing.',
    ])
    await applyLocale('de')
    expect(says({ weekdays: [2], daysBefore: [1], daysAfter: [], hour: 14 })).toEqual([
      'Wer noch fehlt, wird erinnert: 1 Tag vor der Frist.',
      'E-Mails gehen um 14:00 Uhr (Europe/Paris) hinaus, nur am Dienstag.',
      'Was auf einen anderen Tag fällt, wartet auf den nächsten davon.',
      'Niemand erhält mehr als 5 solche Erinnerungen.',
      '14 Tage nach der Frist erfährt Ada Lindqvist, wer fehlt, einmal je Person.',
    ])
  })

  it('says when nothing will happen', () => {
    expect(says({ enabled: false })).toEqual(['Ackify reminds nobody by itself.'])
    const without = scheduleOf({ ...draftOf(schedule), daysBefore: '', daysAfter: '', escalates: false })
    expect(scheduleSays(without!, 'UTC')).toEqual(['Nobody is reminded: choose days, or a manager.'])
  })

  it('is the same after it was typed', () => {
    expect(scheduleOf(draftOf(schedule))).toEqual(schedule)
    expect(scheduleOf({ ...draftOf(schedule), escalates: false })).not.toHaveProperty('managerEmail')
  })

  it.each([
    ['7, 3;1  0', 0, [7, 3, 1, 0]],
    ['3 3 3', 1, [3]],
    ['', 1, []],
    ['0', 1, undefined],
    ['366', 0, undefined],
    ['-1', 0, undefined],
    ['1.5', 0, undefined],
    ['a week', 0, undefined],
    ['1 2 3 4 5 6 7 8 9 10 11', 1, undefined],
  ])('takes the days “%s” from %i on as %j', (text, least, days) => expect(daysIn(text, least)).toEqual(days))

  it('names the field of each thing that is wrong', () => {
    const wrong = {
      ...draftOf(schedule),
      daysBefore: 'x',
      daysAfter: '0',
      weekdays: [],
      maxReminders: '51',
      escalateAfterDays: '0',
      managerEmail: ' ',
    }
    expect(checkDraft(wrong)).toEqual({
      daysBefore: 'schedule.days',
      daysAfter: 'schedule.days',
      weekdays: 'schedule.weekdays',
      maxReminders: 'schedule.max_reminders',
      escalateAfterDays: 'schedule.escalation',
      managerEmail: 'field.required',
    })
    expect(scheduleOf(wrong)).toBeNull()
  })

  it('names the days that are none', () => {
    expect(wrongDays('7; 1, x, -3, 400', 0)).toEqual(['x', '-3', '400'])
    expect(wrongDays('0 1', 1)).toEqual(['0'])
  })

  it('takes an address with its name apart, and knows what is none', () => {
    const manager = { managerEmail: ' "Boss, The" <boss@acme.example> ', managerName: '' }
    expect(managerOf(manager)).toEqual({ email: 'boss@acme.example', name: 'Boss, The' })
    expect(managerOf({ ...manager, managerName: 'Ada' }).name).toBe('Ada')
    const draft = { ...draftOf(schedule), ...manager }
    expect(scheduleOf(draft)).toMatchObject({ managerEmail: 'boss@acme.example', managerName: 'Boss, The' })
    expect(checkDraft({ ...draft, managerEmail: 'boss' })).toEqual({ managerEmail: 'email.invalid' })
  })
})
