import { t } from '@/i18n'

/** What a finding is about, by the part of its code before the dot. */
const families: Record<string, () => string> = {
  entry: () => t('ledger.finding.entry'),
  tree: () => t('ledger.finding.tree'),
  checkpoint: () => t('ledger.finding.checkpoint'),
  signature: () => t('ledger.finding.signature'),
  revision: () => t('ledger.finding.revision'),
  document: () => t('ledger.finding.revision'),
  erasure: () => t('ledger.finding.erasure'),
  key: () => t('ledger.finding.key'),
  guard: () => t('ledger.finding.guard'),
  file: () => t('ledger.finding.file'),
  check: () => t('ledger.finding.check'),
}

export function findingText(code: string): string {
  return families[code.split('.')[0] ?? '']?.() ?? t('ledger.finding.other')
}
