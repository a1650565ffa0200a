import { afterEach, describe, expect, it } from 'vitest'
import { certificateHref, documentLink, receiptHref, routerBase, serverUrl } from './base'

function head(base: string, full: string): void {
  document.head.innerHTML = `<base href="${base}"><meta name="ackify-base-url" content="${full}">`
}

describe('where the app lives', () => {
  afterEach(() => (document.head.innerHTML = ''))

  it('is the root of the host when the server says so', () => {
    head('/', 'https://ackify.example')
    expect(routerBase()).toBe('/')
    expect(serverUrl('/api/v1/csrf')).toBe('http://localhost:3000/api/v1/csrf')
  })

  it('is a path below the host when the server says so', () => {
    head('/read/', 'https://acme.example/read')
    expect(routerBase()).toBe('/read/')
    expect(serverUrl('/api/v1/csrf')).toBe('http://localhost:3000/read/api/v1/csrf')
    expect(documentLink('a b&c')).toBe('https://acme.example/read/?doc=a%20b%26c')
  })

  it('falls back to the root while nothing is filled in', () => {
    head('__ACKIFY_BASE_PATH__/', '__ACKIFY_BASE_URL__')
    expect(routerBase()).toBe('/')
    expect(documentLink('x')).toBe('http://localhost:3000/?doc=x')
  })

  it('downloads receipts from the host that the session belongs to', () => {
    expect(receiptHref('https://other.example/read/api/v1/signatures/1/receipt')).toBe(
      '/read/api/v1/signatures/1/receipt',
    )
  })

  it('asks for certificates in a language and a time zone, on the same host', () => {
    expect(
      certificateHref('https://other.example/read/api/v1/signatures/1/certificate', 'fr', 'Europe/Paris'),
    ).toBe('/read/api/v1/signatures/1/certificate?locale=fr&timeZone=Europe%2FParis')
  })
})
