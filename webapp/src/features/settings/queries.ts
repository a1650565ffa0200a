import { useQuery } from '@tanstack/vue-query'
import { ref } from 'vue'
import { useForm } from '@/composables/form'
import { call } from '@/services/http'
import type { Finding, FindingLevel, SettingsSubject } from '@/services/types'

export function useSettings() {
  return useQuery({
    queryKey: ['settings'],
    queryFn: ({ signal }) => call('get', '/api/v1/admin/settings', { signal }),
  })
}

/** Has the server try a subject, and keeps what it found until the next. */
export function useSettingsTest() {
  const { problem, busy, submit } = useForm(ref(null), [])
  const subject = ref<SettingsSubject>()
  const found = ref<{ worst: FindingLevel; findings: Finding[] }>()

  const test = (wanted: SettingsSubject) =>
    submit(async () => {
      subject.value = wanted
      found.value = undefined
      found.value = await call('post', '/api/v1/admin/settings/tests', { body: { subject: wanted } })
    })

  return { problem, busy, subject, found, test }
}
