import type { components } from './api.gen'

type Problem = components['schemas']['Problem']
export type FieldError = components['schemas']['FieldError']

/** No answer came: no network, a refused connection, a proxy that gave up. */
export const NETWORK_UNREACHABLE = 'network.unreachable'

/** An answer of the server that is not a success, or the lack of any answer (status 0). */
export class ApiProblem extends Error {
  readonly code: string
  readonly status: number
  readonly requestId: string
  readonly errors: FieldError[]

  constructor(problem: { code: string; status: number; requestId?: string; errors?: FieldError[] }) {
    super(problem.code)
    this.name = 'ApiProblem'
    this.code = problem.code
    this.status = problem.status
    this.requestId = problem.requestId ?? ''
    this.errors = problem.errors ?? []
  }

  static async from(response: Response): Promise<ApiProblem> {
    const requestId = response.headers.get('X-Request-Id') ?? ''
    const body: unknown = await response.json().catch(() => undefined)
    if (isProblem(body)) {
      return new ApiProblem({
        code: body.code,
        status: response.status,
        requestId: body.requestId || requestId,
        errors: body.errors ?? [],
      })
    }
    return new ApiProblem({ code: codeOfStatus(response.status), status: response.status, requestId })
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && typeof (body as { code?: unknown }).code === 'string'
}

/** A proxy between us and the server answers without our codes. */
function codeOfStatus(status: number): string {
  if (status === 413) return 'request.too_large'
  if (status === 429) return 'request.rate_limited'
  if (status === 502 || status === 503 || status === 504) return NETWORK_UNREACHABLE
  return 'internal'
}

/** Whatever was thrown, as a problem. */
export function asProblem(error: unknown): ApiProblem {
  return error instanceof ApiProblem ? error : new ApiProblem({ code: 'internal', status: 0 })
}
