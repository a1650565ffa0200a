import { nextTick, ref } from 'vue'

const spoken = ref('')

/** What screen readers are being told. Read by RouteAnnouncer alone. */
export const announcement = spoken

/** Says something to people who do not see the page change. */
export async function announce(text: string): Promise<void> {
  spoken.value = ''
  await nextTick()
  spoken.value = text
}
