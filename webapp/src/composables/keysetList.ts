import { keepPreviousData, useInfiniteQuery } from '@tanstack/vue-query'
import { computed, toValue } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
import { asProblem } from '@/services/problem'
import type { Page } from '@/services/types'
import { useFreshPages } from './freshPages'

/** A list that the server hands out page by page; searching keeps the rows on screen until the new ones are there. */
export function useKeysetList<T, P extends Page<T> = Page<T>>(
  key: MaybeRefOrGetter<readonly unknown[]>,
  fetchPage: (cursor: string | undefined, signal: AbortSignal) => Promise<P>,
) {
  const query = useInfiniteQuery({
    queryKey: computed(() => toValue(key)),
    queryFn: ({ pageParam, signal }) => fetchPage(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: P) => page.nextCursor,
    placeholderData: keepPreviousData,
  })
  const items = computed<T[]>(() => query.data.value?.pages.flatMap((page) => page.items) ?? [])
  const problem = computed(() => (query.error.value ? asProblem(query.error.value) : null))

  return {
    query,
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

/**
 * The same of rows that are numbered, the newest first. `changes`: whether a page will change by itself; as long as it
 * says so, that page is asked for again.
 */
export function useMovingList<T extends { id: number }, P extends Page<T> = Page<T>>(
  key: MaybeRefOrGetter<readonly unknown[]>,
  fetchPage: (cursor: string | undefined, signal: AbortSignal) => Promise<P>,
  changes: (page: P, index: number) => boolean,
) {
  const { query, ...list } = useKeysetList<T, P>(key, fetchPage)
  useFreshPages<T, P>(key, query, fetchPage, changes)
  return list
}

export type KeysetList<T> = ReturnType<typeof useKeysetList<T>>
