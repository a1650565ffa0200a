export const sorts = ['-createdAt', 'createdAt', '-updatedAt', 'title', '-title'] as const
export const states = ['current', 'overdue', 'changed', 'deleted'] as const
export const sources = ['all', 'url', 'file', 'reference'] as const

/** What the API filters and sorts by. */
export interface DocumentFilters {
  q: string
  sort: (typeof sorts)[number]
  state: (typeof states)[number]
  source?: Exclude<(typeof sources)[number], 'all'>
}
