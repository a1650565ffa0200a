import { currentLocale } from '@/i18n'
import { regional } from './dates'

/** A count as the reader writes it: 1,284 or 1 284 or 1.284. */
export function formatCount(count: number): string {
  return new Intl.NumberFormat(regional(currentLocale())).format(count)
}

/** A part of one in whole percent: 40% or 40 %. */
export function formatPercent(part: number): string {
  return new Intl.NumberFormat(regional(currentLocale()), { style: 'percent' }).format(part)
}
