import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, toValue } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
import { useMovingList } from '@/composables/keysetList'
import { nextLook } from '@/features/emails/queries'
import type { Handled } from '@/features/emails/useEmailActions'
import { call } from '@/services/http'
import type { Locale, Reminder, ReminderKind, ReminderStatus } from '@/services/types'

export const remindersKey = (docId: string) => ['reminders', docId] as const
export const scheduleKey = (docId: string) => ['reminder-schedule', docId] as const

export const reminderKey = (docId: string, reminderId: number) => ['reminder', docId, reminderId] as const

export interface ReminderFilters {
  q: string
  status: ReminderStatus | ''
}

/** What was sent to whom. Asked for again while something is on its way. */
export function useReminders(docId: MaybeRefOrGetter<string>, filters: MaybeRefOrGetter<ReminderFilters>) {
  return useMovingList<Reminder>(
    () => [...remindersKey(toValue(docId)), toValue(filters)],
    (cursor, signal) => {
      const { q, status } = toValue(filters)
      return call('get', '/api/v1/documents/{docId}/reminders', {
        path: { docId: toValue(docId) },
        query: { q, ...(status && { status }), ...(cursor && { cursor }) },
        signal,
      })
    },
    ({ items }) => items.some(({ status }) => status === 'queued'),
  )
}

/** One email about a document, with its words while the queue keeps it. */
export function useReminder(docId: MaybeRefOrGetter<string>, reminderId: MaybeRefOrGetter<number>) {
  return useQuery({
    queryKey: computed(() => reminderKey(toValue(docId), toValue(reminderId))),
    queryFn: ({ signal }) =>
      call('get', '/api/v1/documents/{docId}/reminders/{reminderId}', {
        path: { docId: toValue(docId), reminderId: toValue(reminderId) },
        signal,
      }),
    refetchInterval: ({ state }) => nextLook(state.data?.message),
  })
}

/** One email about a document, as its author looks after it. */
export const sentEmail =
  (docId: () => string, reminderId: () => number): (() => Handled) =>
  () => {
    const path = { docId: docId(), reminderId: reminderId() }
    return {
      key: reminderKey(path.docId, path.reminderId),
      list: remindersKey(path.docId),
      retry: () => call('post', '/api/v1/documents/{docId}/reminders/{reminderId}/retry', { path }),
      cancel: () => call('post', '/api/v1/documents/{docId}/reminders/{reminderId}/cancel', { path }),
    }
  }

export function useSchedule(docId: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => scheduleKey(toValue(docId))),
    queryFn: ({ signal }) =>
      call('get', '/api/v1/documents/{docId}/reminders/schedule', {
        path: { docId: toValue(docId) },
        signal,
      }),
    // What somebody is filling in does not change under their hands.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
}

/** An email as somebody would get it; the one before stays on screen until it is there. */
export function usePreview(
  docId: MaybeRefOrGetter<string>,
  kind: MaybeRefOrGetter<ReminderKind>,
  locale: MaybeRefOrGetter<Locale | undefined>,
) {
  return useQuery({
    queryKey: computed(() => ['reminder-preview', toValue(docId), toValue(kind), toValue(locale)]),
    queryFn: ({ signal }) => {
      const wanted = toValue(locale)
      return call('get', '/api/v1/documents/{docId}/reminders/preview', {
        path: { docId: toValue(docId) },
        query: { kind: toValue(kind), ...(wanted && { locale: wanted }) },
        signal,
      })
    },
    placeholderData: keepPreviousData,
  })
}
