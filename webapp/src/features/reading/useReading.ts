import { computed, onScopeDispose, reactive, readonly, ref, shallowRef, toValue, watch } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
import { keep, recall } from '@/composables/storage'
import type { ReadingEvidence } from '@/services/types'

const storage = () => sessionStorage
const tickEvery = 250
/** A page counts once it has been in view for so long. */
const seenAfter = 1_000
/** A tick that comes much later than it should has slept: what it slept through was not read. */
const longestTick = 1_500
const saveEvery = 5_000

export interface View {
  /** The pages of which enough is in view, from 1; what has no pages is page 1, in view with its end */
  pages: number[]
  /** For what has no pages: how far down its visible part goes, from 0 to 1 */
  reach?: number
}

interface Kept {
  pages: number
  seen: number[]
  milliseconds: number
  reach: number
}

function readKept(key: string): Kept {
  const found = recall(storage, key) as Partial<Kept> | null
  const count = (value: unknown) =>
    typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0
  return {
    pages: Math.floor(count(found?.pages)),
    seen: Array.isArray(found?.seen) ? found.seen.filter((page) => Number.isInteger(page) && page > 0) : [],
    milliseconds: count(found?.milliseconds),
    reach: Math.min(1, count(found?.reach)),
  }
}

export const readingKey = (userId: string, docId: string, revision: number) =>
  `ackify.reading.${userId}.${docId}.${revision}`

/**
 * What a person has seen of a document: its pages, and the time with it in view. Only a visible tab counts. It is kept
 * for the session under `key`, so that a reload or another login loses nothing. A reader says with `open` that it
 * shows the document, and is asked from then on what is in view.
 */
export function useReading(key: MaybeRefOrGetter<string | undefined>) {
  const pages = ref(0)
  const seen = shallowRef<ReadonlySet<number>>(new Set())
  const milliseconds = ref(0)
  const reach = ref(0)
  const dwelt = new Map<number, number>()
  let look: (() => View) | undefined
  let timer = 0
  let last = 0
  let saved = 0

  function restore(name: string | undefined): void {
    const kept = name ? readKept(name) : { pages: 0, seen: [], milliseconds: 0, reach: 0 }
    pages.value = kept.pages
    seen.value = new Set(kept.seen.filter((page) => page <= kept.pages))
    milliseconds.value = kept.milliseconds
    reach.value = kept.reach
  }

  function save(name = toValue(key)): void {
    if (!name || pages.value === 0) return
    saved = milliseconds.value
    keep(storage, name, {
      pages: pages.value,
      seen: [...seen.value],
      milliseconds: milliseconds.value,
      reach: reach.value,
    })
  }

  function tick(): void {
    const now = performance.now()
    const passed = Math.min(now - last, longestTick)
    last = now
    if (!look || document.visibilityState !== 'visible') return
    const view = look()
    milliseconds.value += passed
    reach.value = Math.max(reach.value, Math.min(1, view.reach ?? 0))
    for (const page of dwelt.keys()) if (!view.pages.includes(page)) dwelt.delete(page)
    for (const page of view.pages) dwelt.set(page, (dwelt.get(page) ?? 0) + passed)
    const fresh = view.pages.filter(
      (page) => (dwelt.get(page) ?? 0) >= seenAfter && !seen.value.has(page) && page <= pages.value,
    )
    if (fresh.length > 0) seen.value = new Set([...seen.value, ...fresh])
    if (fresh.length > 0 || milliseconds.value - saved >= saveEvery) save()
  }

  function open(count: number, inView: () => View): void {
    pages.value = count
    seen.value = new Set([...seen.value].filter((page) => page <= count))
    look = inView
    last = performance.now()
    window.clearInterval(timer)
    timer = window.setInterval(tick, tickEvery)
  }

  function close(): void {
    window.clearInterval(timer)
    save()
    look = undefined
    dwelt.clear()
  }

  const leave = () => save()
  document.addEventListener('visibilitychange', leave)
  window.addEventListener('pagehide', leave)
  watch(
    () => toValue(key),
    (name, before) => {
      if (look) save(before)
      look = undefined
      dwelt.clear()
      restore(name)
    },
    { immediate: true, flush: 'sync' },
  )
  onScopeDispose(() => {
    close()
    document.removeEventListener('visibilitychange', leave)
    window.removeEventListener('pagehide', leave)
  })

  const left = computed(() => pages.value - seen.value.size)
  const complete = computed(() => pages.value > 0 && left.value === 0)
  const progress = computed(() => {
    if (complete.value) return 1
    return pages.value === 0
      ? 0
      : Math.max(seen.value.size / pages.value, pages.value === 1 ? reach.value : 0)
  })
  const evidence = computed<ReadingEvidence | undefined>(() =>
    pages.value === 0
      ? undefined
      : {
          pages: pages.value,
          pagesSeen: seen.value.size,
          seconds: Math.floor(milliseconds.value / 1_000),
        },
  )
  return reactive({ pages: readonly(pages), seen, left, complete, progress, evidence, open, close })
}

export type Reading = ReturnType<typeof useReading>
