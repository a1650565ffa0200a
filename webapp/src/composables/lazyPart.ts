import { defineAsyncComponent } from 'vue'
import type { Component } from 'vue'
import PartProblem from '@/components/PartProblem.vue'
import { fetchAreas } from '@/i18n'
import type { Area } from '@/i18n'

/**
 * A part of a page that is fetched when it is first shown, with the areas of words that it needs besides its page's.
 * `meanwhile` stands in its place until then.
 */
export function lazyPart<T extends Component>(
  areas: readonly Area[],
  load: () => Promise<{ default: T }>,
  meanwhile?: Component,
): T {
  return defineAsyncComponent({
    loader: async () => (await Promise.all([load(), fetchAreas(areas)]))[0].default,
    errorComponent: PartProblem,
    delay: 0,
    ...(meanwhile && { loadingComponent: meanwhile }),
  }) as unknown as T
}
