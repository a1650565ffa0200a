import { ref } from 'vue'

/** Id of the document that was there already when somebody wanted to create it with another title. */
export const existed = ref<string | null>(null)
