import { computed, ref } from 'vue'

/** A field that is filled in for people until they type into it themselves. */
export function useSuggested(initial = '') {
  const value = ref(initial)
  const suggested = ref('')
  /** Whether it holds what somebody has typed. */
  const typed = computed(() => value.value.trim() !== '' && value.value !== suggested.value)

  function suggest(text: string): void {
    if (!text || typed.value) return
    value.value = suggested.value = text
  }

  /** What suggested it is gone, and so is the suggestion. */
  function withdraw(text: string): void {
    if (text && value.value === text && !typed.value) value.value = suggested.value = ''
  }

  return { value, typed, suggest, withdraw }
}
