import { t } from '@/i18n'
import type { CannotRead, IntakeProblem } from './intake'
import { printable } from './printable'
import type { Invalid, Reason } from './proof/invalid'

type Named = Record<string, string>

const reasons: Record<Reason, (named: Named) => string> = {
  'receipt.tooLarge': () => t('verify.wrong.tooLarge'),
  'receipt.format': () => t('verify.wrong.format'),
  'receipt.extra': () => t('verify.wrong.extra'),
  'receipt.index': () => t('verify.wrong.index'),
  'receipt.inclusion': () => t('verify.wrong.inclusion'),
  'receipt.spelling': () => t('verify.wrong.spelling'),
  'envelope.format': () => t('verify.wrong.envelope'),
  'payload.format': () => t('verify.wrong.payload'),
  'payload.version': () => t('verify.wrong.version'),
  'payload.field': (named) => t('verify.wrong.field', named),
  'checkpoint.format': () => t('verify.wrong.checkpoint'),
  'position.keyId': () => t('verify.wrong.keyId'),
  'position.seq': () => t('verify.wrong.seq'),
  'position.origin': () => t('verify.wrong.origin'),
  'position.outside': () => t('verify.wrong.outside'),
  'position.tree': () => t('verify.wrong.tree'),
  'trust.origin': (named) => t('verify.wrong.otherLedger', named),
  'trust.checkpoint': () => t('verify.wrong.ledgerKey'),
  'trust.key': () => t('verify.wrong.statementKey'),
  'trust.window': () => t('verify.wrong.window'),
  'trust.signature': () => t('verify.wrong.signature'),
  'keys.format': () => t('verify.cannot.keys'),
}

/** The first thing that is wrong, as a sentence. */
export function reasonText({ reason, named }: Invalid): string {
  const shown = Object.fromEntries(Object.entries(named).map(([name, text]) => [name, printable(text)]))
  return reasons[reason](shown)
}

const intake: Record<IntakeProblem, () => string> = {
  folder: () => t('verify.cannot.folder'),
  empty: () => t('verify.cannot.empty'),
  unreadable: () => t('verify.cannot.unreadable'),
  receiptTooLarge: () => t('verify.cannot.tooLarge'),
  pdfTooLarge: () => t('verify.cannot.pdfTooLarge'),
  pdfWithoutReceipt: () => t('verify.cannot.pdfWithout'),
  pdfWithSeveral: () => t('verify.cannot.pdfSeveral'),
  notReceipt: () => t('verify.cannot.notReceipt'),
  severalReceipts: () => t('verify.cannot.several'),
  keysInvalid: () => t('verify.cannot.keys'),
}

export function intakeText(problem: CannotRead): string {
  return intake[problem.code]()
}
