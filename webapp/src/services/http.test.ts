import { describe, expect, it, vi } from 'vitest'
import { json, problem, serve } from '@/test/server'
import { call, dropCsrfToken, onExpectedUser, onUnauthenticated, onUserChanged, send } from './http'
import { ApiProblem } from './problem'

async function failure(promise: Promise<unknown>): Promise<ApiProblem> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ApiProblem)
  return error as ApiProblem
}

describe('the API client', () => {
  it('fills in path and query, and leaves out what is empty', async () => {
    const sent = serve({ 'GET /documents/a%2Fb/signatures': () => json({ items: [] }) })
    await call('get', '/api/v1/documents/{docId}/signatures', {
      path: { docId: 'a/b' },
      query: { q: '', limit: 5 },
    })
    expect(sent[0]?.query.toString()).toBe('limit=5')
    expect(sent[0]?.csrf).toBeNull()
  })

  it('fetches one CSRF token for many changes', async () => {
    let tokens = 0
    const sent = serve({
      'GET /csrf': () => json({ token: `token-${++tokens}` }),
      'PATCH /users/me': () => json({}),
    })
    await Promise.all([
      call('patch', '/api/v1/users/me', { body: { name: 'A' } }),
      call('patch', '/api/v1/users/me', { body: { name: 'B' } }),
    ])
    expect(tokens).toBe(1)
    expect(sent.filter((s) => s.method === 'PATCH').map((s) => s.csrf)).toEqual(['token-1', 'token-1'])
  })

  it('fetches a new token once when the old one is refused', async () => {
    let tokens = 0
    const sent = serve({
      'GET /csrf': () => json({ token: `token-${++tokens}` }),
      'PATCH /users/me': ({ csrf }) =>
        csrf === 'token-2' ? json({ name: 'A' }) : problem(403, 'csrf.invalid'),
    })
    await expect(call('patch', '/api/v1/users/me', { body: { name: 'A' } })).resolves.toEqual({ name: 'A' })
    expect(sent.filter((s) => s.method === 'PATCH')).toHaveLength(2)
  })

  it('gives up when the new token is refused too', async () => {
    const sent = serve({ 'POST /auth/logout': () => problem(403, 'csrf.invalid') })
    expect((await failure(call('post', '/api/v1/auth/logout'))).code).toBe('csrf.invalid')
    expect(sent).toHaveLength(2)
  })

  it('asks for the token again after it was dropped, and after it could not be fetched', async () => {
    let tokens = 0
    serve({
      'GET /csrf': () => (++tokens === 1 ? problem(503, 'database.unavailable') : json({ token: 'x' })),
      'POST /auth/logout': () => new Response(null, { status: 204 }),
    })
    expect((await failure(call('post', '/api/v1/auth/logout'))).code).toBe('database.unavailable')
    await call('post', '/api/v1/auth/logout')
    dropCsrfToken()
    await call('post', '/api/v1/auth/logout')
    expect(tokens).toBe(3)
  })

  it('knows when trying again may help', async () => {
    const { body } = problem(429, 'request.rate_limited')
    const answers = [
      new Response(body, { status: 429, headers: { 'Retry-After': '17' } }),
      new Response('busy', { status: 429, headers: { 'Retry-After': '17' } }),
      new Response('busy', { status: 429, headers: { 'Retry-After': 'Sun, 22 Nov 2026 15:00:00 GMT' } }),
    ]
    serve({ 'GET /config': () => answers.shift()! })
    for (const retryAfter of [17, 17, 0]) {
      expect(await failure(call('get', '/api/v1/config'))).toMatchObject({
        code: 'request.rate_limited',
        retryAfter,
      })
    }
  })

  it('turns a problem into its code, status, fields and request id', async () => {
    const errors = [{ field: 'email', code: 'email.invalid', detail: 'no' }]
    serve({ 'POST /invitations': () => problem(422, 'request.invalid', { errors }) })
    const caught = await failure(call('post', '/api/v1/invitations', { body: { email: 'x' } }))
    expect(caught).toMatchObject({ code: 'request.invalid', status: 422, requestId: 'r-1', errors })
  })

  it.each([
    [502, 'network.unreachable'],
    [413, 'request.too_large'],
    [429, 'request.rate_limited'],
    [500, 'internal'],
  ])('understands a proxy that answers %i in its own words', async (status, code) => {
    serve({ 'GET /config': () => new Response('<h1>oh</h1>', { status }) })
    expect((await failure(call('get', '/api/v1/config'))).code).toBe(code)
  })

  it('has a code of its own for no answer at all', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed to fetch')))
    expect(await failure(call('get', '/api/v1/config'))).toMatchObject({
      code: 'network.unreachable',
      status: 0,
    })
  })

  it('lets an abort be an abort', async () => {
    const abort = new AbortController()
    vi.stubGlobal('fetch', () => {
      abort.abort()
      return Promise.reject(new DOMException('aborted', 'AbortError'))
    })
    await expect(call('get', '/api/v1/config', { signal: abort.signal })).rejects.toThrow('aborted')
  })

  it('says once that the session is over, unless the caller deals with it', async () => {
    const over = vi.fn()
    onUnauthenticated(over)
    serve({
      'GET /signatures': () => problem(401, 'auth.required'),
      'GET /users/me': () => problem(401, 'auth.required'),
      'POST /auth/login': () => problem(401, 'auth.invalid_credentials'),
    })
    await failure(call('get', '/api/v1/users/me', { anonymous: true }))
    await failure(call('post', '/api/v1/auth/login', { body: { email: 'a', password: 'b' } }))
    expect(over).not.toHaveBeenCalled()
    await failure(call('get', '/api/v1/signatures'))
    expect(over).toHaveBeenCalledOnce()
  })

  it('names the person on screen in every change, but not where that is no matter', async () => {
    let shown: string | undefined = 'u8'
    onExpectedUser(() => shown)
    let refusals = 1
    const sent = serve({
      'GET /users/me': () => json({}),
      'POST /auth/login': () => json({}),
      'PATCH /users/me': () => {
        // Another person appears between the press and the second try: it stays the first one's.
        shown = 'u9'
        return refusals-- > 0 ? problem(403, 'csrf.invalid') : json({})
      },
    })
    await call('get', '/api/v1/users/me')
    await call('post', '/api/v1/auth/login', { body: { email: 'a', password: 'b' }, anonymous: true })
    await call('patch', '/api/v1/users/me', { body: { name: 'A' } })
    shown = undefined
    await call('patch', '/api/v1/users/me', { body: { name: 'A' } })
    expect(sent.map((s) => s.expectedUser)).toEqual([null, null, 'u8', 'u8', null])
  })

  it('says when somebody else is logged in, and never tries again by itself', async () => {
    const changed = vi.fn(async () => {})
    onUserChanged(changed)
    const sent = serve({ 'POST /signatures': () => problem(409, 'session.user_changed') })
    const caught = await failure(call('post', '/api/v1/signatures', { body: { docId: 'd' } }))
    expect(caught.code).toBe('session.user_changed')
    expect(changed).toHaveBeenCalledOnce()
    expect(sent).toHaveLength(1)
  })

  it('tells created from found', async () => {
    serve({ 'POST /documents': () => json({ docId: 'd' }, 201) })
    const { status, data } = await send('post', '/api/v1/documents', { body: { reference: 'd' } })
    expect([status, data.docId]).toEqual([201, 'd'])
  })
})
