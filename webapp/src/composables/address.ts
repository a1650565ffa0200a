import { computed } from 'vue'
import type { WritableComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** A word of the page's address (`?name=`), so that a view can be shared and survives a reload. Empty is not there. */
export function useInAddress(name: string): WritableComputedRef<string> {
  const route = useRoute()
  const router = useRouter()
  return computed<string>({
    get: () => (typeof route.query[name] === 'string' ? route.query[name] : ''),
    set: (value) => {
      const others = { ...route.query }
      delete others[name]
      void router.replace({ query: value ? { ...others, [name]: value } : others })
    },
  })
}

/** The same with one of a few values; the first counts when there is none, and is left out of the address. */
export function useChoiceInAddress<T extends string>(
  name: string,
  values: readonly [T, ...T[]],
): WritableComputedRef<T> {
  const word = useInAddress(name)
  return computed<T>({
    get: () => values.find((value) => value === word.value) ?? values[0],
    set: (value) => (word.value = value === values[0] ? '' : value),
  })
}
