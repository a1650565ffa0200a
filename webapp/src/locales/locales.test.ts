import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { applyLocale, browserLocale, locales, t } from '@/i18n'

type Messages = { [key: string]: string | Messages }
const read = (locale: string): Messages => JSON.parse(readFileSync(`src/locales/${locale}.json`, 'utf8'))
const keys = (messages: Messages, prefix = ''): string[] =>
  Object.entries(messages).flatMap(([key, value]) =>
    typeof value === 'string' ? [prefix + key] : keys(value, `${prefix}${key}.`),
  )

describe('the five languages', () => {
  it.each(locales)('%s has the same keys in the same order as English', (locale) => {
    expect(keys(read(locale))).toEqual(keys(read('en')))
  })

  it('count in words', async () => {
    expect([0, 1, 7].map((n) => t('documents.signatureCount', n))).toEqual([
      'by nobody yet',
      'by 1 person',
      'by 7 people',
    ])
    await applyLocale('de')
    expect(t('documents.signatureCount', 1)).toBe('von 1 Person')
    expect(document.documentElement.lang).toBe('de')
  })

  it('are chosen by what the browser asks for first', () => {
    expect(browserLocale(['pt-BR', 'fr-CA', 'en'])).toBe('fr')
    expect(browserLocale(['ja'])).toBe('en')
  })
})
