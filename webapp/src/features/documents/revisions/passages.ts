import type { Difference } from '@/services/types'

export type Part = Difference['parts'][number]
/** A part, or what is left out of one */
export type Passage = Part | { change: 'hidden'; lines: number }

const context = 2

const lines = (text: string) => text.split('\n').length

/** The parts, of what stayed the same only two lines beside what changed. */
export function withoutSame(parts: readonly Part[]): Passage[] {
  return parts.flatMap((part, index): Passage[] => {
    const rows = part.text.split('\n')
    if (part.change !== 'same' || rows.length <= 2 * context + 2) return [part]
    const before = index > 0 ? rows.slice(0, context + 1).join('\n') : ''
    const after = index < parts.length - 1 ? rows.slice(-context - 1).join('\n') : ''
    const shown = (before ? context + 1 : 0) + (after ? context + 1 : 0)
    const hidden: Passage = { change: 'hidden', lines: rows.length - shown }
    return [
      ...(before ? [{ change: 'same' as const, text: before }] : []),
      hidden,
      ...(after ? [{ change: 'same' as const, text: after }] : []),
    ]
  })
}

/** Whether most of it stayed the same, and one would look for the changes. */
export const isLong = (parts: readonly Part[]): boolean =>
  parts.reduce((sum, part) => sum + (part.change === 'same' ? lines(part.text) : 0), 0) > 20
