import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { watch } from 'vue'
import type { Area } from '@/i18n'
import { problem, serve } from '@/test/server'
import { routes } from './routes'

/** The app as after its start: with the core of English, and no other words. */
async function fresh() {
  vi.resetModules()
  setActivePinia(createPinia())
  serve({ 'GET /users/me': () => problem(401, 'auth.required') })
  const i18n = await import('@/i18n')
  await i18n.applyLocale('en')
  return { ...i18n, ...(await import('@/router')), has: i18n.i18n.global.te }
}

describe('the words of a page', () => {
  beforeEach(() => window.history.replaceState(null, '', '/'))

  it('are there before it is shown', async () => {
    const { router, t, has } = await fresh()
    await router.push('/login')
    expect(has('verify.heading')).toBe(false)
    const shown = vi.fn(() => t('verify.heading'))
    watch(router.currentRoute, shown, { flush: 'sync' })
    await router.push('/verify')
    expect(shown.mock.results).toEqual([{ type: 'return', value: 'Verify an acknowledgement' }])
    expect(has('ledger.text')).toBe(false)
  })

  it('change with the language, and only those in use are fetched', async () => {
    const { router, t, has, applyLocale } = await fresh()
    await router.push('/verify')
    await applyLocale('de')
    expect(t('verify.heading')).toBe('Eine Lesebestätigung prüfen')
    expect(has('ledger.text', 'de')).toBe(false)
  })

  it('are there in the new language when it changes on the way to the page', async () => {
    const { router, has, applyLocale, currentLocale } = await fresh()
    await Promise.all([applyLocale('fr'), router.push('/verify'), applyLocale('it')])
    expect(has('verify.heading', currentLocale())).toBe(true)
    expect(has('login.heading', currentLocale())).toBe(true)
  })

  it('stop it when they cannot be fetched, as a page’s code does', async () => {
    vi.doMock('@/locales/join/en.json', () => {
      throw new Error('offline')
    })
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { router, navigationProblem } = await fresh()
    await expect(router.push('/setup')).rejects.toThrow()
    expect(router.currentRoute.value.name).not.toBe('setup')
    expect(navigationProblem.value?.code).toBe('network.unreachable')
    vi.doUnmock('@/locales/join/en.json')
    await router.push('/setup')
    expect(navigationProblem.value).toBeNull()
  })
})

const lazyParts = /lazyPart\(\s*\[([^\]]*)\],\s*\(\) => import\('@\/([^']+)'\)/g

/** Every key that a file and all it imports pass to t(). The titles of routes are looked at one by one. */
function keysIn(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file) || file === 'src/router/routes.ts') return []
  seen.add(file)
  const source = readFileSync(file, 'utf8')
  // What brings its own areas along is looked at by itself; types bring no words.
  const needed = source.replace(lazyParts, '').replaceAll(/^import type .*$/gm, '')
  const imported = [...needed.matchAll(/(?:from |import\()'((?:@|\.\.?)\/[^']+)'/g)].flatMap(
    ([, name = '']) => {
      const path = name.startsWith('@/') ? `src/${name.slice(2)}` : join(dirname(file), name)
      const found = [path, `${path}.ts`, `${path}/index.ts`].find(
        (candidate) => /\.(ts|vue)$/.test(candidate) && existsSync(candidate),
      )
      return found ? keysIn(found, seen) : []
    },
  )
  return [...source.matchAll(/\bt\(\s*'([\w.]+)'/g)].map(([, key = '']) => key).concat(imported)
}

/** Which of a file's keys no words are there for, once these areas are. */
async function missing(file: string, wanted: readonly Area[]): Promise<string[]> {
  const { fetchAreas, has } = await fresh()
  await fetchAreas(wanted)
  const keys = keysIn(file)
  expect(keys.length).toBeGreaterThan(0)
  return keys.filter((key) => !has(key))
}

describe('the areas of messages', () => {
  it('have in the core what the frame around the pages says', async () => {
    expect(await missing('src/main.ts', [])).toEqual([])
  })

  it.each(routes.map((route) => [String(route.name), route] as const))(
    'have all that the page “%s” says in those it names',
    async (_name, { component, meta }) => {
      const page = /src\/pages\/[\w/]+\.vue/.exec(String(component))?.[0] ?? ''
      expect(await missing(page, meta?.messages ?? [])).toEqual([])
    },
  )

  it.each(routes.map((route, index) => [String(route.name), index] as const))(
    'have the title of the page “%s” there too',
    async (_name, index) => {
      const { fetchAreas } = await fresh()
      const { meta } = (await import('./routes')).routes[index] ?? {}
      await fetchAreas(meta?.messages ?? [])
      expect(meta?.title()).not.toMatch(/^\w+\.\w+$/)
    },
  )

  it('have what a part says that is fetched later in those it names', async () => {
    const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.vue$/.test(name),
    )
    const parts = sources.flatMap((name) => [...readFileSync(join('src', name), 'utf8').matchAll(lazyParts)])
    expect(parts.length).toBeGreaterThan(0)
    for (const [, names = '', file = ''] of parts) {
      const wanted = [...names.matchAll(/'(\w+)'/g)].map(([, area]) => area as Area)
      expect(await missing(`src/${file}`, wanted)).toEqual([])
    }
  })
})
