import { vi } from 'vitest'
import type {
  Document,
  ErasureRequest,
  LedgerCheck,
  LedgerState,
  PublicConfig,
  Signature,
  User,
} from '@/services/types'

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
    if (key === 'GET /config' && !handlers[key]) return json(aConfig)
    log.push(sent)
    const handler = handlers[key]
    return handler ? handler(sent) : problem(404, 'route.not_found')
  })
  return log
}

/** An instance with Ackify accounts alone. */
export const aConfig: PublicConfig = {
  organisation: 'Acme Industries',
  baseUrl: 'https://ackify.acme.example',
  version: '1.0.0',
  locales: ['en', 'fr', 'es', 'de', 'it'],
  setupRequired: false,
  loginMethods: ['password'],
  providers: [],
  registration: false,
  email: false,
  passwordMinLength: 12,
  maxFileSize: 50 * 1024 * 1024,
  timeZone: 'Europe/Paris',
}

export const aUser: User = {
  id: '7f0d6a6e-0000-4000-8000-000000000001',
  email: 'sam.okafor@acme.example',
  name: 'Sam Okafor',
  role: 'signer',
  locale: 'en',
  createdAt: '2026-01-01T00:00:00.000000Z',
  hasPassword: true,
  canCreateDocuments: false,
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
  materialRevision: 3,
  reader: { mode: 'external', download: true, fullRead: false, checksumRequired: false },
  createdAt: '2026-11-03T08:00:00.000000Z',
  updatedAt: '2026-11-03T08:00:00.000000Z',
  canManage: false,
  canEdit: false,
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

export const aCheck: LedgerCheck = {
  id: 7,
  state: 'intact',
  since: 0,
  size: 1284,
  checked: 1284,
  erased: 3,
  startedAt: '2026-11-21T03:00:00.000000Z',
  finishedAt: '2026-11-21T03:00:02.000000Z',
}

export const aLedger: LedgerState = {
  origin: 'ackify.acme.example/ledger',
  status: 'ok',
  size: 1290,
  root: 'nND/nri/U0xuHUrYSy0HtMeal2vzD9V4k/BO79C+QeI=',
  public: true,
  published: {
    file: '/var/lib/checkpoints/ledger',
    size: 1290,
    at: '2026-11-21T09:42:10.000000Z',
    sameVolume: false,
  },
  lastCheck: aCheck,
  lastFullCheck: aCheck,
  keys: {
    origin: 'ackify.acme.example/ledger',
    ledger: [
      {
        vkey: 'ackify.acme.example/ledger+5e2c9d41+AZ0q1mL5m8t0n2bqHVHbYHnYtFkcVqYQvUQhNfVtb9cT',
        notBefore: '2026-01-01T00:00:00.000000Z',
      },
    ],
    statement: [
      {
        keyId: '3c1f0d5e8a7b42c6915d0e7f3b8a6c4d2e1f0a9b8c7d6e5f4a3b2c1d0e9f9a02',
        publicKey: 'QlyMKEXwVKlpAN5TM0BgkH7tV1YbUPHYuYfO1wBrqYE=',
        notBefore: '2026-06-01T00:00:00.000000Z',
      },
      {
        keyId: '9a020d5e8a7b42c6915d0e7f3b8a6c4d2e1f0a9b8c7d6e5f4a3b2c1d0e9f3c1f',
        publicKey: 'wBrqYEQlyMKEXwVKlpAN5TM0BgkH7tV1YbUPHYuYfO1=',
        notBefore: '2026-01-01T00:00:00.000000Z',
        notAfter: '2026-06-01T00:00:00.000000Z',
      },
    ],
  },
}

export const anErasureRequest: ErasureRequest = {
  id: '0c2c2a5e-0000-4000-8000-000000000001',
  email: aUser.email,
  reason: 'Left the company and asked for it',
  state: 'open',
  requestedAt: '2026-11-20T10:00:00.000000Z',
  requestedBy: 'Ada Lindqvist',
}
