import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { applyLocale, areas, browserLocale, locales, t } from '@/i18n'

type Messages = { [key: string]: string | Messages }
const read = (area: string, locale: string): Messages =>
  JSON.parse(readFileSync(`src/locales/${area}/${locale}.json`, 'utf8'))
const keys = (messages: Messages, prefix = ''): string[] =>
  Object.entries(messages).flatMap(([key, value]) =>
    typeof value === 'string' ? [prefix + key] : keys(value, `${prefix}${key}.`),
  )

describe('the five languages', () => {
  it('have a folder for every area', () => {
    const folders = readdirSync('src/locales').filter((name) => !name.includes('.'))
    expect(folders.sort()).toEqual([...areas].sort())
  })

  it.each(areas.flatMap((area) => locales.map((locale) => [area, locale] as const)))(
    'have in %s/%s the same keys in the same order as in English',
    (area, locale) => expect(keys(read(area, locale))).toEqual(keys(read(area, 'en'))),
  )

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
