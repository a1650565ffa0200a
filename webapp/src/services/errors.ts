import { t } from '@/i18n'
import type { ApiProblem } from './problem'

/**
 * Every code the server may answer with, as a sentence. Keys are spelled out because the linter must see that each is
 * there and used; a code that is not here becomes the general sentence with the request's id.
 */
const sentences: Record<string, () => string> = {
  'request.malformed': () => t('errors.request.malformed'),
  'request.invalid': () => t('errors.request.invalid'),
  'request.too_large': () => t('errors.request.too_large'),
  'request.timeout': () => t('errors.request.timeout'),
  'request.rate_limited': () => t('errors.request.rate_limited'),
  'request.cross_origin': () => t('errors.request.cross_origin'),
  'auth.required': () => t('errors.auth.required'),
  'auth.invalid_credentials': () => t('errors.auth.invalid_credentials'),
  'auth.account_inactive': () => t('errors.auth.account_inactive'),
  'auth.too_many_attempts': () => t('errors.auth.too_many_attempts'),
  'csrf.invalid': () => t('errors.csrf.invalid'),
  'role.forbidden': () => t('errors.role.forbidden'),
  'role.invalid': () => t('errors.role.invalid'),
  'setup.token_invalid': () => t('errors.setup.token_invalid'),
  'setup.already_done': () => t('errors.setup.already_done'),
  'invitation.token_invalid': () => t('errors.invitation.token_invalid'),
  'invitation.user_exists': () => t('errors.invitation.user_exists'),
  'invitation.not_found': () => t('errors.invitation.not_found'),
  'email.invalid': () => t('errors.email.invalid'),
  'name.invalid': () => t('errors.name.invalid'),
  'locale.invalid': () => t('errors.locale.invalid'),
  'password.too_short': () => t('errors.password.too_short'),
  'password.too_long': () => t('errors.password.too_long'),
  'password.current_wrong': () => t('errors.password.current_wrong'),
  'session.not_found': () => t('errors.session.not_found'),
  'session.user_changed': () => t('errors.session.user_changed'),
  'user.not_found': () => t('errors.user.not_found'),
  'user.exists': () => t('errors.user.exists'),
  'document.exists': () => t('errors.document.exists'),
  'document.not_found': () => t('errors.document.not_found'),
  'document.deleted': () => t('errors.document.deleted'),
  'document.create_forbidden': () => t('errors.document.create_forbidden'),
  'reference.invalid': () => t('errors.reference.invalid'),
  'time_zone.invalid': () => t('errors.time_zone.invalid'),
  'title.invalid': () => t('errors.title.invalid'),
  'cursor.invalid': () => t('errors.cursor.invalid'),
  'signature.not_found': () => t('errors.signature.not_found'),
  'signature.revision_outdated': () => t('errors.signature.revision_outdated'),
  'signature.document_changed': () => t('errors.signature.document_changed'),
  'signature.erased': () => t('errors.signature.erased'),
  'erasure.nobody': () => t('errors.erasure.nobody'),
  'erasure.already_requested': () => t('errors.erasure.already_requested'),
  'erasure.not_found': () => t('errors.erasure.not_found'),
  'erasure.last_admin': () => t('errors.erasure.last_admin'),
  'erasure.reason_invalid': () => t('errors.erasure.reason_invalid'),
  'clock.suspect': () => t('errors.clock.suspect'),
  'ledger.key_retired': () => t('errors.ledger.key_retired'),
  'ledger.inconsistent': () => t('errors.ledger.inconsistent'),
  'ledger.empty': () => t('errors.ledger.empty'),
  'ledger.check_running': () => t('errors.ledger.check_running'),
  'ledger.no_tile': () => t('errors.ledger.no_tile'),
  'database.schema': () => t('errors.database.schema'),
  'database.unavailable': () => t('errors.database.unavailable'),
  internal: () => t('errors.internal'),
  'route.not_found': () => t('errors.route.not_found'),
  'method.not_allowed': () => t('errors.method.not_allowed'),
  'network.unreachable': () => t('errors.network.unreachable'),
  // Ours: a form found this before anything was sent.
  'field.required': () => t('errors.fieldRequired'),
}

/** The codes with a sentence of their own. */
export const knownCodes = Object.keys(sentences)

/** What went wrong and what to do next, in the reader's language. */
export function problemText(problem: ApiProblem): string {
  return sentences[problem.code]?.() ?? t('errors.unknown')
}

/** The same for one field of a form. */
export function fieldText(code: string): string {
  return sentences[code]?.() ?? t('errors.field')
}
