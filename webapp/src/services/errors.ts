import { i18n, t } from '@/i18n'
import type { ApiProblem } from './problem'

/**
 * The sentence of a code is the message `errors.<code>`. There is none for a code that nobody has put into words, and
 * while the area it is in is not in use.
 */
function sentence(code: string): string | undefined {
  const key = `errors.${code}`
  // eslint-disable-next-line @intlify/vue-i18n/no-dynamic-keys -- a test of the server finds every code without one
  return i18n.global.te(key) ? t(key) : undefined
}

/** What went wrong and what to do next, in the reader's language. */
export function problemText(problem: ApiProblem): string {
  return sentence(problem.code) ?? t('errors.unknown')
}

/** The same for one field of a form. */
export function fieldText(code: string): string {
  return sentence(code) ?? t('errors.value')
}

/** Why the server could not do something that is no error by itself; what is new is said in its own words. */
export function causeText(cause: { code: string; detail: string }): string {
  return sentence(cause.code) ?? cause.detail
}
