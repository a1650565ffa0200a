import type { LedgerCheck, LedgerState } from '@/services/types'

/** How the ledger stands, for a reader: the server's `ok` says only that nothing wrong is known. */
export type Standing =
  'intact' | 'empty' | 'unchecked' | 'undecided' | 'inconsistent' | 'key_retired' | 'disproven'

export function standing(state: LedgerState): Standing {
  if (state.status !== 'ok') return state.status
  if (state.size === 0) return 'empty'
  if (!state.lastCheck) return 'unchecked'
  return state.lastCheck.state === 'intact' ? 'intact' : 'undecided'
}

/** The check that a disproven or undecided ledger owes its standing to. */
export function decisive(state: LedgerState): LedgerCheck | undefined {
  const checks = [state.lastCheck, state.lastFullCheck]
  const disproven = checks.find((check) => check?.state === 'disproven')
  // A check that could not be made says nothing about what an earlier one found.
  return state.status === 'disproven' ? disproven : checks.find((check) => check?.code)
}
