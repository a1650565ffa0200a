import { useQuery } from '@tanstack/vue-query'
import { computed, toValue } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
import { useKeysetList } from '@/composables/keysetList'
import { call } from '@/services/http'
import type { EmailPage, EmailStatus, QueuedEmail } from '@/services/types'

export const emailsKey = ['emails'] as const
export const emailKey = (emailId: number) => ['email', emailId] as const

export interface EmailFilters {
  q: string
  status: EmailStatus | ''
}

/** Waiting, or on its way: it will not stay so. */
const moves = (status: EmailStatus) => status === 'pending' || status === 'processing'
/** How long what moves is shown before it is asked for again, in milliseconds. */
const soon = 4_000

/** Within a minute: what waits longer, such as for another attempt, is not waited for. */
const isSoon = (time: string) => Date.parse(time) < Date.now() + 60_000

/** The queue with its counts. Asked for again while anything in it is about to be sent. */
export function useEmails(filters: MaybeRefOrGetter<EmailFilters>) {
  return useKeysetList<QueuedEmail, EmailPage>(
    () => [...emailsKey, toValue(filters)],
    (cursor, signal) => {
      const { q, status } = toValue(filters)
      return call('get', '/api/v1/admin/emails', {
        query: { q, ...(status && { status }), ...(cursor && { cursor }) },
        signal,
      })
    },
    ([first]) =>
      first !== undefined &&
      (first.counts.processing > 0 ||
        first.items.some(({ status, scheduledFor }) => status === 'pending' && isSoon(scheduledFor))),
  )
}

export function useEmail(emailId: MaybeRefOrGetter<number>) {
  return useQuery({
    queryKey: computed(() => emailKey(toValue(emailId))),
    queryFn: ({ signal }) =>
      call('get', '/api/v1/admin/emails/{emailId}', { path: { emailId: toValue(emailId) }, signal }),
    refetchInterval: ({ state }) => (state.data && moves(state.data.status) ? soon : false),
  })
}
