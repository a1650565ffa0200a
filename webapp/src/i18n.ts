import { createI18n } from 'vue-i18n'
import { regional } from '@/composables/dates'
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

/**
 * The messages come in files by area, so that a page fetches only the words it needs. `core` is there from the start:
 * it has what the frame, the start, login and signing pages say, and whatever two areas share. A route names the others
 * it needs in `meta.messages`. An area is only a file's boundary: keys do not name it.
 */
export const areas = [
  'core',
  'account',
  'admin',
  'audit',
  'documents',
  'groups',
  'join',
  'mail',
  'reader',
  'signers',
  'verify',
  'settings',
] as const
export type Area = (typeof areas)[number]

// Each file is fetched on its own.
const files = import.meta.glob<{ default: object }>('./locales/*/*.json')

export const i18n = createI18n({ legacy: false, locale: 'en', missingWarn: false, fallbackWarn: false })

type Named = Record<string, string | number>

/* eslint-disable @intlify/vue-i18n/no-dynamic-keys -- passes a key on; callers spell it out, except for error codes */
/**
 * A sentence of the app in the language in use, reactive where it is read. A number picks the plural, and is written as
 * the reader writes it.
 */
export function t(key: string, named?: Named | number): string {
  if (named === undefined) return i18n.global.t(key)
  return typeof named === 'number'
    ? i18n.global.t(key, { n: written(named) }, named)
    : i18n.global.t(key, named)
}
/* eslint-enable @intlify/vue-i18n/no-dynamic-keys */

const written = (count: number) => new Intl.NumberFormat(regional(currentLocale())).format(count)

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

const fileOf = (area: Area, locale: Locale) => `./locales/${area}/${locale}.json`
const fetching = new Map<string, Promise<void>>()
const fetched = new Set<string>()
const inUse = new Set<Area>(['core'])

function fetchArea(area: Area, locale: Locale): Promise<void> {
  const file = fileOf(area, locale)
  let messages = fetching.get(file)
  if (!messages) {
    messages = files[file]!()
      .then((module) => {
        i18n.global.mergeLocaleMessage(locale, module.default)
        fetched.add(file)
      })
      .catch((error: unknown) => {
        fetching.delete(file)
        throw error
      })
    fetching.set(file, messages)
  }
  return messages
}

/** Begins to fetch a language that will probably be needed, with every area in use. */
export async function fetchLocale(locale: Locale): Promise<void> {
  await Promise.all([...inUse].map((area) => fetchArea(area, locale)))
}

/** Fetches areas in the language in use. From then on they come with every language that is put to use. */
export async function fetchAreas(wanted: readonly Area[]): Promise<void> {
  let locale: Locale
  do {
    locale = currentLocale()
    await Promise.all(wanted.map((area) => fetchArea(area, locale)))
    for (const area of wanted) inUse.add(area)
  } while (locale !== currentLocale())
}

/** Puts a language to use, also for assistive technology. */
export async function applyLocale(locale: Locale): Promise<void> {
  // Once more when a page has brought another area into use meanwhile.
  do await fetchLocale(locale)
  while ([...inUse].some((area) => !fetched.has(fileOf(area, locale))))
  i18n.global.locale.value = locale as never
  document.documentElement.lang = locale
}
