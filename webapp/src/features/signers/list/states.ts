import { t } from '@/i18n'
import type { DocumentStatus } from '@/services/types'

export const states = ['expected', 'missing', 'overdue', 'signed', 'unexpected', 'withdrawn'] as const
export type State = (typeof states)[number]
export const sorts = ['email', 'name', 'dueAt', '-addedAt', '-signedAt'] as const
export type Sort = (typeof sorts)[number]

/** What the API filters and sorts by. */
export interface SignerFilters {
  q: string
  state: State
  sort: Sort
}

/** In which orders people of a state can be listed; the first counts by itself. */
export const sortsOf = (state: State): readonly Sort[] =>
  state === 'unexpected' ? ['-signedAt', 'email'] : sorts

const sortTexts: Record<Sort, () => string> = {
  email: () => t('signers.sort.email'),
  name: () => t('signers.sort.name'),
  dueAt: () => t('signers.sort.due'),
  '-addedAt': () => t('signers.sort.added'),
  '-signedAt': () => t('signers.sort.signed'),
}
export const sortText = (sort: Sort): string => sortTexts[sort]()

const stateTexts: Record<State, () => string> = {
  expected: () => t('signers.all'),
  missing: () => t('signers.state.missing'),
  overdue: () => t('signers.state.overdue'),
  signed: () => t('signers.state.signed'),
  unexpected: () => t('signers.state.unexpected'),
  withdrawn: () => t('signers.state.withdrawn'),
}
export const stateText = (state: State): string => stateTexts[state]()

const noneTexts: Record<State, () => string> = {
  expected: () => t('signers.none.expected'),
  missing: () => t('signers.none.missing'),
  overdue: () => t('signers.none.overdue'),
  signed: () => t('signers.none.signed'),
  unexpected: () => t('signers.none.unexpected'),
  withdrawn: () => t('signers.none.withdrawn'),
}
export const noneText = (state: State): string => noneTexts[state]()

/** How many there are in a state; undefined where nobody counts them. */
export function countOf(state: State, status: DocumentStatus | undefined): number | undefined {
  return state === 'withdrawn' ? undefined : status?.[state]
}
