import type { components } from './api.gen'

type Problem = components['schemas']['Problem']
export type FieldError = components['schemas']['FieldError']

/** More was asked for in a short time than one may. */
export const RATE_LIMITED = 'request.rate_limited'

/** No answer came: no network, a refused connection, a proxy that gave up. */
export const NETWORK_UNREACHABLE = 'network.unreachable'

/** An answer of the server that is not a success, or the lack of any answer (status 0). */
export class ApiProblem extends Error {
  readonly code: string
  readonly status: number
  readonly requestId: string
  readonly errors: FieldError[]
  /** Seconds after which trying again may help; 0 where the server did not say. */
  readonly retryAfter: number

  constructor(problem: {
    code: string
    status: number
    requestId?: string
    errors?: FieldError[]
    retryAfter?: number
  }) {
    super(problem.code)
    this.name = 'ApiProblem'
    this.code = problem.code
    this.status = problem.status
    this.requestId = problem.requestId ?? ''
    this.errors = problem.errors ?? []
    this.retryAfter = problem.retryAfter ?? 0
  }

  static async from(response: Response): Promise<ApiProblem> {
    const requestId = response.headers.get('X-Request-Id') ?? ''
    const retryAfter = secondsIn(response.headers.get('Retry-After'))
    const body: unknown = await response.json().catch(() => undefined)
    if (isProblem(body)) {
      return new ApiProblem({
        code: body.code,
        status: response.status,
        requestId: body.requestId || requestId,
        errors: body.errors ?? [],
        retryAfter,
      })
    }
    return new ApiProblem({
      code: codeOfStatus(response.status),
      status: response.status,
      requestId,
      retryAfter,
    })
  }
}

function secondsIn(header: string | null): number {
  return header && /^\d{1,6}$/.test(header) ? Number(header) : 0
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && typeof (body as { code?: unknown }).code === 'string'
}

/** A proxy between us and the server answers without our codes. */
function codeOfStatus(status: number): string {
  if (status === 413) return 'request.too_large'
  if (status === 429) return RATE_LIMITED
  if (status === 502 || status === 503 || status === 504) return NETWORK_UNREACHABLE
  return 'internal'
}

/** Whatever was thrown, as a problem. */
export function asProblem(error: unknown): ApiProblem {
  return error instanceof ApiProblem ? error : new ApiProblem({ code: 'internal', status: 0 })
}
