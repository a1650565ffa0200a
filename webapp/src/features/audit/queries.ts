import { toValue } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
import { useKeysetList } from '@/composables/keysetList'
import { serverUrl } from '@/services/base'
import { call } from '@/services/http'
import type { AuditEvent } from '@/services/types'
import type { AuditFilters } from './useAuditFilters'

const given = (filters: AuditFilters) =>
  Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== '')) as Partial<AuditFilters>

export function useAudit(filters: MaybeRefOrGetter<AuditFilters>) {
  return useKeysetList<AuditEvent>(
    () => ['audit', toValue(filters)],
    (cursor, signal) =>
      call('get', '/api/v1/audit', {
        query: { ...given(toValue(filters)), ...(cursor && { cursor }) },
        signal,
      }),
  )
}

/** The same, whole, as a file. */
export function csvHref(filters: AuditFilters): string {
  const query = new URLSearchParams(given(filters) as Record<string, string>).toString()
  return serverUrl('/api/v1/audit.csv') + (query && `?${query}`)
}
