import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { applyLocale, locales } from '@/i18n'
import { fieldText, knownCodes, problemText } from './errors'
import { ApiProblem } from './problem'

const contract = readFileSync('../backend/api/openapi.yaml', 'utf8')

describe('what went wrong, in words', () => {
  it('has a sentence for every code that the contract names', () => {
    const named = [...contract.matchAll(/`([a-z]+\.[a-z_]+)`/g)].map((match) => match[1])
    expect(named.length).toBeGreaterThan(5)
    expect(knownCodes).toEqual(expect.arrayContaining(named))
  })

  it.each(locales)('says each of them in %s', async (locale) => {
    await applyLocale(locale)
    for (const code of knownCodes) {
      const text = problemText(new ApiProblem({ code, status: 400 }))
      expect(text, code).not.toMatch(/^errors\.|\{/)
      expect(text.length, code).toBeGreaterThan(10)
    }
  })

  it('falls back to a general sentence for a code it has never heard of', () => {
    expect(problemText(new ApiProblem({ code: 'moon.full', status: 500 }))).toContain(
      'tell your administrator',
    )
    expect(fieldText('moon.full')).toBe('Please check this value.')
  })
})
