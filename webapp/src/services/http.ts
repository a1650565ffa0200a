import type { paths } from './api.gen'
import { serverUrl } from './base'
import { ApiProblem, NETWORK_UNREACHABLE } from './problem'

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'
type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P][M] extends { responses: unknown } ? P : never
}[keyof paths]
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>
type Part<O, K extends string> = O extends { parameters: infer V }
  ? K extends keyof V
    ? V[K]
    : undefined
  : undefined
type Body<O> = O extends { requestBody: { content: { 'application/json': infer B } } } ? B : undefined
type Json<R> = R extends { content: { 'application/json': infer T } } ? T : void
type Success<O> = O extends { responses: infer R } ? Json<R[Extract<keyof R, 200 | 201 | 202 | 204>]> : never

export interface CallOptions<O> {
  path?: Part<O, 'path'>
  query?: NonNullable<Part<O, 'query'>>
  body?: Body<O>
  signal?: AbortSignal
  /**
   * The call is about no person's session, or the caller deals with a missing one itself: nobody is sent to the login
   * page, and the server does not compare who is logged in with whom the page shows.
   */
  anonymous?: boolean
}

let csrfToken: Promise<string> | undefined
let unauthenticated: () => void = () => {}
let userChanged: () => Promise<void> = async () => {}
let shownUser: () => string | undefined = () => undefined

/** What happens when the server says that there is no session (any more). */
export function onUnauthenticated(handler: () => void): void {
  unauthenticated = handler
}

/** What happens when the server refuses because another person than the one on screen is logged in. */
export function onUserChanged(handler: () => Promise<void>): void {
  userChanged = handler
}

/** Who the page shows as logged in: the server changes something only in this person's session. */
export function onExpectedUser(id: () => string | undefined): void {
  shownUser = id
}

/** Forget the CSRF token. It is bound to the session: call this after logging in or out. */
export function dropCsrfToken(): void {
  csrfToken = undefined
}

/** Calls the server and answers the body of a success. Everything else is thrown as an ApiProblem, except an abort. */
export async function call<M extends Method, P extends PathsWith<M>>(
  method: M,
  path: P,
  options: CallOptions<Operation<P, M>> = {},
): Promise<Success<Operation<P, M>>> {
  return (await send(method, path, options)).data
}

/** As `call`, for the few places where 200 and 201 mean different things. */
export async function send<M extends Method, P extends PathsWith<M>>(
  method: M,
  path: P,
  options: CallOptions<Operation<P, M>> = {},
): Promise<{ status: number; data: Success<Operation<P, M>> }> {
  const url = address(path, options)
  try {
    const response = await transmit(method, url, options)
    const data = response.status === 204 ? undefined : await response.json()
    return { status: response.status, data: data as Success<Operation<P, M>> }
  } catch (error) {
    if (!options.anonymous) noteEnd(error)
    if (error instanceof ApiProblem && error.code === 'session.user_changed') await userChanged()
    throw error
  }
}

/** A file of the server, from its full address: the answer as soon as it begins, its bytes still to come. */
export async function openFile(
  url: string,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): Promise<Response> {
  try {
    return await exchange('get', url, { signal, headers: { Accept: '*/*', ...headers } })
  } catch (error) {
    noteEnd(error)
    throw error
  }
}

function noteEnd(error: unknown): void {
  if (error instanceof ApiProblem && error.code === 'auth.required') unauthenticated()
}

interface Sending {
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
  anonymous?: boolean
}

async function transmit(method: Method, url: string, options: Sending) {
  if (method === 'get') return await exchange(method, url, options)
  return await asShownUser((csrf, user) => exchange(method, url, options, csrf, user), options.anonymous)
}

/** Has something changed on the server in the name of whom the page shows, with a token that proves it. */
export async function asShownUser<T>(
  run: (csrf: string, user: string | undefined) => Promise<T>,
  anonymous = false,
): Promise<T> {
  // Settled now: whoever is shown by the time a token has come did not press the button.
  const user = anonymous ? undefined : shownUser()
  try {
    return await run(await token(), user)
  } catch (error) {
    if (!(error instanceof ApiProblem && error.code === 'csrf.invalid')) throw error
    // The token belonged to an earlier session, e.g. of a login in another tab. Refused before anything was done.
    dropCsrfToken()
    return await run(await token(), user)
  }
}

async function exchange(
  method: Method,
  url: string,
  options: Sending,
  csrf?: string,
  user?: string,
): Promise<Response> {
  const headers = new Headers({ Accept: 'application/json', ...options.headers })
  if (csrf !== undefined) headers.set('X-CSRF-Token', csrf)
  if (user !== undefined) headers.set('X-Expected-User', user)
  const init: RequestInit = { method: method.toUpperCase(), headers, credentials: 'same-origin' }
  if (options.body !== undefined) {
    headers.set('Content-Type', 'application/json')
    init.body = JSON.stringify(options.body)
  }
  if (options.signal) init.signal = options.signal
  let response: Response
  try {
    response = await fetch(url, init)
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new ApiProblem({ code: NETWORK_UNREACHABLE, status: 0 })
  }
  if (!response.ok) throw await ApiProblem.from(response)
  return response
}

/** Does what some refusals call for, whatever else the caller makes of them. */
export async function heed(error: unknown): Promise<void> {
  noteEnd(error)
  if (error instanceof ApiProblem && error.code === 'session.user_changed') await userChanged()
}

function token(): Promise<string> {
  csrfToken ??= exchange('get', serverUrl('/api/v1/csrf'), {})
    .then((response) => response.json())
    .then((body: { token: string }) => body.token)
    .catch((error: unknown) => {
      dropCsrfToken()
      throw error
    })
  return csrfToken
}

function address(template: string, options: { path?: unknown; query?: unknown }): string {
  const values = (options.path ?? {}) as Record<string, string | number>
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])))
  const url = new URL(serverUrl(filled))
  for (const [name, value] of Object.entries((options.query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value))
  }
  return url.href
}
