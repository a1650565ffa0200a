import { createI18n } from 'vue-i18n'
import type { Locale } from '@/services/types'

/** The languages the app speaks, each by its own name. */
export const languages: Record<Locale, string> = {
  en: 'English',
  fr: 'Français',
  es: 'Español',
  de: 'Deutsch',
  it: 'Italiano',
}
export const locales = Object.keys(languages) as Locale[]

// Spelled out, so that each language becomes a file of its own and only the one in use is fetched.
const loaders: Record<Locale, () => Promise<{ default: unknown }>> = {
  en: () => import('./locales/en.json'),
  fr: () => import('./locales/fr.json'),
  es: () => import('./locales/es.json'),
  de: () => import('./locales/de.json'),
  it: () => import('./locales/it.json'),
}

export const i18n = createI18n({ legacy: false, locale: 'en', missingWarn: false, fallbackWarn: false })

type Named = Record<string, string | number>

/* eslint-disable @intlify/vue-i18n/no-dynamic-keys -- the one place that passes a key on; every caller spells it out */
/** A sentence of the app in the language in use, reactive where it is read. A number picks the plural. */
export function t(key: string, named?: Named | number): string {
  if (named === undefined) return i18n.global.t(key)
  return typeof named === 'number' ? i18n.global.t(key, { n: named }, named) : i18n.global.t(key, named)
}
/* eslint-enable @intlify/vue-i18n/no-dynamic-keys */

export function currentLocale(): Locale {
  return i18n.global.locale.value as Locale
}

export function isLocale(value: unknown): value is Locale {
  return typeof value === 'string' && (locales as string[]).includes(value)
}

/** The first language of the browser that the app speaks. */
export function browserLocale(wanted: readonly string[] = navigator.languages): Locale {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split('-')[0]
    if (isLocale(language)) return language
  }
  return 'en'
}

const fetched = new Map<Locale, Promise<void>>()

/** Begins to fetch a language that will probably be needed. */
export function fetchLocale(locale: Locale): Promise<void> {
  let messages = fetched.get(locale)
  if (!messages) {
    messages = loaders[locale]()
      .then((module) => i18n.global.setLocaleMessage(locale, module.default as never))
      .catch((error: unknown) => {
        fetched.delete(locale)
        throw error
      })
    fetched.set(locale, messages)
  }
  return messages
}

/** Puts a language to use, also for assistive technology. */
export async function applyLocale(locale: Locale): Promise<void> {
  await fetchLocale(locale)
  i18n.global.locale.value = locale as never
  document.documentElement.lang = locale
}
