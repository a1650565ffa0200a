import { ref } from 'vue'

export interface Toast {
  id: number
  text: string
  /** Whether something is to be known rather than done */
  note: boolean
}

const shownFor = 5_000
const list = ref<Toast[]>([])
let last = 0

export function useToasts() {
  /**
   * Confirms something that has just been done; with `note`, tells what came of it. Errors never go here: they stay
   * where they happened.
   */
  function toast(text: string, { note = false } = {}): void {
    const id = ++last
    list.value.push({ id, text, note })
    window.setTimeout(() => dismiss(id), shownFor)
  }

  function dismiss(id: number): void {
    list.value = list.value.filter((entry) => entry.id !== id)
  }

  return { toasts: list, toast, dismiss }
}
