import { useQuery } from '@tanstack/vue-query'
import { computed, toValue } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
import { useMovingList } from '@/composables/keysetList'
import { call } from '@/services/http'
import type { EmailPage, EmailStatus, QueuedEmail } from '@/services/types'
import type { Handled } from './useEmailActions'

export const emailsKey = ['emails'] as const
export const emailKey = (emailId: number) => ['email', emailId] as const

export interface EmailFilters {
  q: string
  status: EmailStatus | ''
}

/** Within a minute: what waits longer, such as for another attempt, is not waited for. */
const isSoon = (time: string) => Date.parse(time) < Date.now() + 60_000
/** Whether it is being sent, or about to be. */
const moves = ({ status, scheduledFor }: QueuedEmail) =>
  status === 'processing' || (status === 'pending' && isSoon(scheduledFor))

/** When one email is asked for again, in milliseconds; false: it stays as it is. */
export const nextLook = (email: QueuedEmail | undefined): number | false =>
  email && moves(email) ? 4_000 : email?.status === 'pending' ? 60_000 : false

/** The queue with its counts. What is about to be sent is asked for again. */
export function useEmails(filters: MaybeRefOrGetter<EmailFilters>) {
  return useMovingList<QueuedEmail, EmailPage>(
    () => [...emailsKey, toValue(filters)],
    (cursor, signal) => {
      const { q, status } = toValue(filters)
      return call('get', '/api/v1/admin/emails', {
        query: { q, ...(status && { status }), ...(cursor && { cursor }) },
        signal,
      })
    },
    ({ items, counts }, index) => items.some(moves) || (index === 0 && counts.processing > 0),
  )
}

export function useEmail(emailId: MaybeRefOrGetter<number>) {
  return useQuery({
    queryKey: computed(() => emailKey(toValue(emailId))),
    queryFn: ({ signal }) =>
      call('get', '/api/v1/admin/emails/{emailId}', { path: { emailId: toValue(emailId) }, signal }),
    refetchInterval: ({ state }) => nextLook(state.data),
  })
}

/** One email of the queue, as administrators look after it. */
export const queuedEmail =
  (emailId: () => number): (() => Handled) =>
  () => {
    const path = { emailId: emailId() }
    return {
      key: emailKey(path.emailId),
      list: emailsKey,
      retry: () => call('post', '/api/v1/admin/emails/{emailId}/retry', { path }),
      cancel: () => call('post', '/api/v1/admin/emails/{emailId}/cancel', { path }),
    }
  }
