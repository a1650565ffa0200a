import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { applyLocale, locales } from '@/i18n'
import { fieldText, problemText } from './errors'
import { ApiProblem, NETWORK_UNREACHABLE } from './problem'

const contract = readFileSync('../backend/api/openapi.yaml', 'utf8')
// The contract also names actions of the audit trail, and entries of the ledger.
const trail = ['internal/domain/trail.go', 'pkg/proof/payload.go']
  .map((file) => readFileSync(`../backend/${file}`, 'utf8'))
  .join()
const named = [...contract.matchAll(/`([a-z]+\.[a-z_]+)`/g)]
  .map((match) => match[1] ?? '')
  .filter((code) => !trail.includes(`"${code}"`))
// Those that no server has to answer with: found in the browser, or said by a proxy in between.
const ours = [NETWORK_UNREACHABLE, 'request.too_large', 'request.rate_limited', 'internal', 'field.required']
const said = (code: string) => problemText(new ApiProblem({ code, status: 400 }))

describe('what went wrong, in words', () => {
  it.each(locales)('has a sentence for every code that the contract names in %s', async (locale) => {
    await applyLocale(locale)
    expect(named.length).toBeGreaterThan(5)
    for (const code of [...named, ...ours]) {
      expect(said(code), code).not.toBe(said('moon.full'))
      expect(said(code), code).not.toMatch(/^errors\.|\{/)
      expect(said(code).length, code).toBeGreaterThan(10)
    }
  })

  it('falls back to a general sentence for a code it has never heard of', () => {
    expect(said('moon.full')).toContain('tell your administrator')
    expect(fieldText('moon.full')).toBe('Please check this value.')
    // Not a sentence, but where several are kept.
    expect(said('ledger')).toBe(said('moon.full'))
  })

  it('falls back to it while the words of that area are not here', async () => {
    vi.resetModules()
    const fresh = await import('@/i18n')
    const { fieldText, problemText } = await import('./errors')
    await fresh.applyLocale('en')
    const problem = new ApiProblem({ code: 'erasure.nobody', status: 422 })
    expect(problemText(problem)).toContain('tell your administrator')
    expect(fieldText(problem.code)).toBe('Please check this value.')
    await fresh.fetchAreas(['admin'])
    expect(problemText(problem)).toContain('Nothing here is about this address')
    expect(fieldText(problem.code)).toBe(problemText(problem))
  })
})
