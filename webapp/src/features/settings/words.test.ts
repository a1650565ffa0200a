import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { locales } from '@/i18n'
import type { Setting } from '@/services/types'
import { variableText } from './words'

// A test of the server holds this page against the variables that the API lists.
const documented = readFileSync('../docs/en/configuration.md', 'utf8')
const names = [...documented.matchAll(/^\| `((?:ACKIFY|OTEL)_(?:OIDC_<NAME>_)?\w+)`/gm)].map(
  ([, name = '']) => name,
)
const sentences = (locale: string): Record<string, string> =>
  JSON.parse(readFileSync(`src/locales/settings/${locale}.json`, 'utf8')).variables
const text = (name: string) => variableText({ name } as Setting)

describe('what variables do', () => {
  it('is said of each, and of each log-in service alike', () => {
    expect(names.length).toBeGreaterThan(80)
    for (const name of names) expect(text(name.replace('<NAME>', 'KEYCLOAK2')), name).toMatch(/^\p{Lu}.+\.$/u)
    expect(text('ACKIFY_OIDC_GITHUB_LABEL')).toBe('What the button to log in says.')
  })

  it.each(locales)('is a sentence of its own language: %s', (locale) => {
    const english = sentences('en')
    const own = sentences(locale)
    expect(Object.keys(own)).toEqual(names.map((name) => name.replace('<NAME>_', '')).sort(likeIn(english)))
    for (const [name, sentence] of Object.entries(own)) {
      expect(sentence, name).toMatch(/^\p{Lu}.{9,}\.$/u)
      if (locale !== 'en') expect(sentence, name).not.toBe(english[name])
    }
  })

  it('is not said of one that has no words yet', () => expect(text('ACKIFY_NEW')).toBe(''))
})

/** Puts names into the order of the sentences; those without one come first. */
function likeIn(english: Record<string, string>): (a: string, b: string) => number {
  const order = Object.keys(english)
  return (a, b) => order.indexOf(a) - order.indexOf(b)
}
