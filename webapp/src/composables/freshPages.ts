import { focusManager, useQueryClient } from '@tanstack/vue-query'
import type { InfiniteData, QueryKey } from '@tanstack/vue-query'
import { onScopeDispose, toValue, watch } from 'vue'
import type { MaybeRefOrGetter, Ref } from 'vue'
import type { Page } from '@/services/types'

/** How long what is about to change is shown before it is asked for again, in milliseconds; longer while nothing does. */
const soonest = 4_000
const latest = 60_000

type Pages<P> = InfiniteData<P, string | undefined>

/**
 * One page of a list, the newest first, with what became of it since. Nobody who was on it is lost for the newer ones that
 * have come, and none of the next page's is taken.
 */
export function renewed<T extends { id: number }, P extends Page<T>>(old: P, now: P): P {
  const known = new Set(now.items.map(({ id }) => id))
  const oldest = old.nextCursor ? (old.items.at(-1)?.id ?? 0) : 0
  const reach = now.nextCursor ? (now.items.at(-1)?.id ?? 0) : 0
  const items = [
    ...now.items.filter(({ id }) => id >= oldest),
    // Those further down are not on the new page, whatever became of them; others that are missing are no longer in the list.
    ...old.items.filter(({ id }) => !known.has(id) && id < reach),
  ]
  return { ...withoutRows(now), ...rowsOf<T, P>(old), items }
}

/** What a page tells of the whole list. */
function withoutRows<P extends Page<unknown>>(page: P): P {
  const rest = { ...page }
  delete rest.nextCursor
  return rest
}
const rowsOf = <T, P extends Page<T>>({ items, nextCursor }: P) => ({
  items,
  ...(nextCursor && { nextCursor }),
})

/** The pages with what was answered for some of them. What is told of the whole list is on the first, whichever was asked for. */
function merged<T extends { id: number }, P extends Page<T>>(pages: P[], answers: (P | undefined)[]): P[] {
  const newest = answers.findLast((page) => page !== undefined)
  return pages.map((page, index) => {
    const answer = answers[index]
    if (answer) {
      const known = renewed<T, P>(page, answer)
      // Where all have left the list, the page is what comes after them.
      return known.items.length > 0 || index < pages.length - 1 ? known : answer
    }
    return index === 0 && newest ? { ...withoutRows(newest), ...rowsOf<T, P>(page) } : page
  })
}

/** Asks again for those pages of a list that `changes` says will change by themselves, while somebody looks at them. */
export function useFreshPages<T extends { id: number }, P extends Page<T>>(
  key: MaybeRefOrGetter<readonly unknown[]>,
  list: { data: Ref<{ pages: P[] } | undefined>; isFetching: Ref<boolean>; isPlaceholderData: Ref<boolean> },
  fetchPage: (cursor: string | undefined, signal: AbortSignal) => Promise<P>,
  changes: (page: P, index: number) => boolean,
): void {
  const queryClient = useQueryClient()
  let timer: number | undefined
  let running: AbortController | undefined
  let pause = soonest

  function schedule(): void {
    window.clearTimeout(timer)
    running?.abort()
    const settled = !list.isFetching.value && !list.isPlaceholderData.value
    if (settled && list.data.value?.pages.some(changes)) timer = window.setTimeout(() => void look(), pause)
  }

  async function look(): Promise<void> {
    const queryKey: QueryKey = [...toValue(key)]
    const before = queryClient.getQueryData<Pages<P>>(queryKey)
    if (!before || !focusManager.isFocused()) return schedule()
    const { signal } = (running = new AbortController())
    const was = pause
    pause = Math.min(was * 2, latest)
    try {
      const answers = await Promise.all(
        before.pages.map((page, index) =>
          changes(page, index) ? fetchPage(before.pageParams[index], signal) : undefined,
        ),
      )
      if (signal.aborted) return
      queryClient.setQueryData<Pages<P>>(queryKey, { ...before, pages: merged<T, P>(before.pages, answers) })
      if (queryClient.getQueryData(queryKey) !== before) pause = soonest
    } catch {
      // Whoever wants to know why asks by hand.
    }
    if (!signal.aborted) schedule()
  }

  watch([list.data, list.isFetching, list.isPlaceholderData], schedule, { immediate: true })
  onScopeDispose(() => {
    window.clearTimeout(timer)
    running?.abort()
  })
}
