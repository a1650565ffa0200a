import { vi } from 'vitest'
import type { Document, Signature, User } from '@/services/types'

export interface Sent {
  method: string
  path: string
  query: URLSearchParams
  body: unknown
  csrf: string | null
  expectedUser: string | null
}
export type Handler = (sent: Sent) => Response | Promise<Response>

export const json = (body: unknown, status = 200) => Response.json(body, { status })
export const problem = (status: number, code: string, more: object = {}) =>
  Response.json(
    {
      type: `urn:ackify:problem:${code}`,
      title: code,
      status,
      detail: code,
      code,
      requestId: 'r-1',
      ...more,
    },
    { status, headers: { 'Content-Type': 'application/problem+json' } },
  )

/** Stands in for the server: handlers by "METHOD /path" below /api/v1. Answers what was sent, CSRF requests left out. */
export function serve(handlers: Record<string, Handler>): Sent[] {
  const log: Sent[] = []
  vi.stubGlobal('fetch', async (input: string, init: RequestInit = {}) => {
    const url = new URL(input)
    const sent: Sent = {
      method: init.method ?? 'GET',
      path: url.pathname.replace('/api/v1', ''),
      query: url.searchParams,
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
      csrf: new Headers(init.headers).get('X-CSRF-Token'),
      expectedUser: new Headers(init.headers).get('X-Expected-User'),
    }
    const key = `${sent.method} ${sent.path}`
    if (key === 'GET /csrf' && !handlers[key]) return json({ token: 'token-1' })
    log.push(sent)
    const handler = handlers[key]
    return handler ? handler(sent) : problem(404, 'route.not_found')
  })
  return log
}

export const aUser: User = {
  id: '7f0d6a6e-0000-4000-8000-000000000001',
  email: 'sam.okafor@acme.example',
  name: 'Sam Okafor',
  role: 'signer',
  locale: 'en',
  createdAt: '2026-01-01T00:00:00.000000Z',
}

export const aDocument: Document = {
  docId: 'policy-2026',
  reference: 'policy-2026',
  title: 'Information security policy 2026',
  url: 'https://intranet.acme.example/policy',
  description: '',
  checksum: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  checksumAlgorithm: 'SHA-256',
  revision: 3,
  createdAt: '2026-11-03T08:00:00.000000Z',
  updatedAt: '2026-11-03T08:00:00.000000Z',
  canManage: false,
  statement: { locale: 'en', text: 'I certify that I have read and understood this document.' },
}

export const aSignature: Signature = {
  id: 12,
  seq: 1284,
  docId: aDocument.docId,
  docTitle: aDocument.title,
  revision: 3,
  userEmail: aUser.email,
  userName: aUser.name,
  signedAt: '2026-11-21T09:42:07.123456Z',
  payloadHash: 'aa'.repeat(32),
  signature: '',
  nonce: '',
  prevHash: 'bb'.repeat(32),
  entryHash: '41f3a9d20b77c8e1549abf036d12e8907cc4fa35b16e2d98a0073fe65bd981c7',
  receiptUrl: 'https://ackify.acme.example/api/v1/signatures/12/receipt',
  certificateUrl: 'https://ackify.acme.example/api/v1/signatures/12/certificate',
}
