import { defineStore } from 'pinia'
import { computed, ref, watchEffect } from 'vue'
import { applyLocale, browserLocale, currentLocale, isLocale } from '@/i18n'
import type { Locale } from '@/services/types'

export type Theme = 'system' | 'light' | 'dark'
const themeKey = 'ackify.theme'
const localeKey = 'ackify.locale'

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    // Storage is refused: the choice lasts as long as the page.
  }
}

/** What a person chose for this browser: theme and language. A logged-in person's language is the account's. */
export const usePreferences = defineStore('preferences', () => {
  const stored = remembered(themeKey)
  const theme = ref<Theme>(stored === 'light' || stored === 'dark' ? stored : 'system')
  const systemIsDark = window.matchMedia('(prefers-color-scheme: dark)')
  const prefersDark = ref(systemIsDark.matches)
  systemIsDark.addEventListener('change', (event) => (prefersDark.value = event.matches))

  const dark = computed(() => theme.value === 'dark' || (theme.value === 'system' && prefersDark.value))
  watchEffect(() => {
    document.documentElement.dataset.theme = dark.value ? 'dark' : 'light'
  })

  function setTheme(chosen: Theme): void {
    theme.value = chosen
    remember(themeKey, chosen === 'system' ? null : chosen)
  }

  const locale = computed(() => currentLocale())

  async function setLocale(chosen: Locale): Promise<void> {
    await applyLocale(chosen)
    remember(localeKey, chosen)
  }

  /** The language for someone whose account we do not know, or do not know yet. */
  function likelyLocale(): Locale {
    const chosen = remembered(localeKey)
    return isLocale(chosen) ? chosen : browserLocale()
  }

  return { theme, dark, setTheme, locale, setLocale, likelyLocale }
})
