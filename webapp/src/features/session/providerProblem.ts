import type { LocationQuery } from 'vue-router'
import { ApiProblem } from '@/services/problem'

/** What the contract's `finishProviderLogin` may send somebody back with. */
const codes = new Set([
  'auth.provider_unknown',
  'auth.state_invalid',
  'auth.provider_refused',
  'auth.provider_unavailable',
  'auth.provider_answer',
  'auth.email_missing',
  'auth.email_unverified',
  'auth.email_not_vouched',
  'auth.domain_not_allowed',
  'auth.sign_up_closed',
  'auth.account_inactive',
])

/** Why a log-in at an identity provider came to nothing, from an address that anybody may have written. */
export function providerProblem({ problem, request }: LocationQuery): ApiProblem | null {
  if (typeof problem !== 'string') return null
  const requestId = typeof request === 'string' && /^[\w-]{1,64}$/.test(request) ? request : ''
  return new ApiProblem({ code: codes.has(problem) ? problem : 'unknown', status: 403, requestId })
}
