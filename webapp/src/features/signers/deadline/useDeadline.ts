import { computed, ref } from 'vue'
import { dayOf, endOfDay } from '@/composables/deadlines'
import { useZone } from '@/features/session/queries'
import type { Deadline } from '@/services/types'

/** A deadline as somebody changes it: a day, and why. Empty: none. */
export function useDeadline(current: () => string | undefined) {
  const zone = useZone()
  const day = ref('')
  const reason = ref('')
  const before = computed(() => {
    const time = current()
    return time ? dayOf(time, zone.value) : ''
  })
  const changed = computed(() => day.value !== before.value)
  const input = computed<Deadline>(() => ({
    ...(day.value && { dueAt: endOfDay(day.value, zone.value) }),
    ...(reason.value.trim() && { reason: reason.value.trim() }),
  }))

  function reset(): void {
    day.value = before.value
    reason.value = ''
  }
  reset()

  return { day, reason, before, changed, input, reset }
}
