import { describe, expect, it } from 'vitest'
import { safeNext } from './next'

const origin = 'https://ackify.example'

describe('where to go after logging in', () => {
  it.each([
    ['/d/policy-2026', '/d/policy-2026'],
    ['/?doc=https%3A%2F%2Fwiki.example%2Fa%3Fb%3Dc', '/?doc=https%3A%2F%2Fwiki.example%2Fa%3Fb%3Dc'],
    ['/signatures?q=a#x', '/signatures?q=a#x'],
    ['/d/../account', '/account'],
  ])('follows %s', (next, expected) => expect(safeNext(next, origin)).toBe(expected))

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    'javascript:alert(1)',
    'd/policy',
    '',
    '/login?next=/login',
    '/login/',
    undefined,
    null,
    ['/a', '/b'],
  ])('goes home instead of %j', (next) => expect(safeNext(next, origin)).toBe('/'))
})
