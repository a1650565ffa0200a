import { onScopeDispose, shallowRef } from 'vue'

/** A title that only the page itself knows, e.g. a document's; without one the route's title counts. */
export const ownTitle = shallowRef<(() => string | undefined) | null>(null)

export function usePageTitle(title: () => string | undefined): void {
  ownTitle.value = title
  onScopeDispose(() => {
    if (ownTitle.value === title) ownTitle.value = null
  })
}
