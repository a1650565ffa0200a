import { computed, onScopeDispose, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

const typingPause = 250

/** Words to search for. They live in the address (`?q=`), so that a view can be shared and survives a reload. */
export function useSearch() {
  const route = useRoute()
  const router = useRouter()
  const q = computed(() => (typeof route.query.q === 'string' ? route.query.q : ''))
  const text = ref(q.value)
  let timer: number | undefined

  watch(q, (value) => {
    if (value !== text.value.trim()) text.value = value
  })
  watch(text, (value) => {
    window.clearTimeout(timer)
    timer = window.setTimeout(() => {
      const wanted = value.trim()
      if (wanted === q.value) return
      const others = { ...route.query }
      delete others.q
      void router.replace({ query: wanted ? { ...others, q: wanted } : others })
    }, typingPause)
  })
  onScopeDispose(() => window.clearTimeout(timer))

  return { q, text }
}
