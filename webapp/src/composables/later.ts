import { defineAsyncComponent } from 'vue'
import type { Component } from 'vue'
import RowsSkeleton from '@/components/RowsSkeleton.vue'
import { fetchAreas } from '@/i18n'
import type { Area } from '@/i18n'

/** A component that few visits of a page need: it is fetched when it does, with words that the page does not fetch. */
export function later(areas: readonly Area[], load: () => Promise<{ default: Component }>): Component {
  return defineAsyncComponent({
    loader: async () => (await Promise.all([load(), fetchAreas(areas)]))[0],
    loadingComponent: RowsSkeleton,
  })
}
