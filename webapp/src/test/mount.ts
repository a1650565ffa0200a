import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { render } from '@testing-library/vue'
import axe from 'axe-core'
import { createPinia, setActivePinia } from 'pinia'
import type { Component } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { routes } from '@/router/routes'
import type { User } from '@/services/types'
import { useSession } from '@/stores/session'

/** Renders a component with everything around it that the app has: router, stores, server data. */
export async function mount(
  component: Component,
  options: { props?: Record<string, unknown>; path?: string; user?: User } = {},
) {
  const pinia = createPinia()
  setActivePinia(pinia)
  if (options.user) useSession().user = options.user
  const router = createRouter({ history: createMemoryHistory(), routes })
  await router.push(options.path ?? '/')
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const view = render(component, {
    props: options.props ?? {},
    global: { plugins: [pinia, router, [VueQueryPlugin, { queryClient }]] },
  })
  return { ...view, router }
}

/** What axe finds wrong; colours are checked in a real browser. */
export async function violations(container: Element): Promise<string[]> {
  const result = await axe.run(container, {
    // What is in a frame is a page of its own.
    iframes: false,
    rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
  })
  return result.violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html ?? ''}`)
}
