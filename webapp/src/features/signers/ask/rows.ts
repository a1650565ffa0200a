import { t } from '@/i18n'
import { causeText } from '@/services/errors'
import type { SignersImport } from '@/services/types'

export type Row = SignersImport['rows'][number]

/** How many rows are on screen at once: nobody reads thousands, and the browser stays quick. */
export const shownRows = 200

const outcomes: Record<Row['outcome'], () => string> = {
  added: () => t('ask.row.added'),
  existing: () => t('ask.row.existing'),
  duplicate: () => t('ask.row.duplicate'),
  rejected: () => t('ask.row.rejected'),
}
export const outcomeText = ({ outcome }: Row): string => outcomes[outcome]()

export const outcomeTone = ({ outcome }: Row) => {
  if (outcome === 'rejected') return 'over' as const
  return outcome === 'added' ? ('done' as const) : ('wait' as const)
}

/** What is wrong with a row, in words; empty when nothing is. */
export const errorText = ({ error }: Row): string => (error ? causeText(error) : '')
