import { keepPreviousData, useInfiniteQuery } from '@tanstack/vue-query'
import { computed, toValue } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
import { asProblem } from '@/services/problem'
import type { Page } from '@/services/types'

/** How long a list that is about to change is shown before it is asked for again, in milliseconds. */
const soon = 4_000

/**
 * A list that the server hands out page by page; searching keeps the rows on screen until the new ones are there.
 * `changes`: whether what was answered will change by itself; as long as it says so, the list is asked for again.
 */
export function useKeysetList<T, P extends Page<T> = Page<T>>(
  key: MaybeRefOrGetter<readonly unknown[]>,
  fetchPage: (cursor: string | undefined, signal: AbortSignal) => Promise<P>,
  changes: (pages: P[]) => boolean = () => false,
) {
  const query = useInfiniteQuery({
    queryKey: computed(() => toValue(key)),
    queryFn: ({ pageParam, signal }) => fetchPage(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: P) => page.nextCursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (changes(state.data?.pages ?? []) ? soon : false),
  })
  const items = computed<T[]>(() => query.data.value?.pages.flatMap((page) => page.items) ?? [])
  const problem = computed(() => (query.error.value ? asProblem(query.error.value) : null))

  return {
    items,
    /** The first page, with what the server tells of the whole list */
    first: computed(() => query.data.value?.pages[0]),
    problem,
    pending: query.isPending,
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    loadMore: () => void query.fetchNextPage(),
    refetch: () => void query.refetch(),
  }
}

export type KeysetList<T> = ReturnType<typeof useKeysetList<T>>
