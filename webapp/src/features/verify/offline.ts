import { fetchLocale, locales } from '@/i18n'
import { routerBase } from '@/services/base'
import { plainCrypto } from './proof/crypto'

const cacheName = 'ackify-verify'

/**
 * Makes the page ready for a cut network. Answers whether it will even open again without one: that needs a service
 * worker, which a browser allows over https and on this machine only.
 */
export async function prepareOffline(): Promise<boolean> {
  try {
    await Promise.all([plainCrypto(), ...locales.map(fetchLocale)])
    if (import.meta.env.DEV || !('serviceWorker' in navigator)) return false
    const base = routerBase()
    const registration = await navigator.serviceWorker.register(`${base}verify-worker.js`, {
      scope: `${base}verify`,
    })
    const kept = await keepPage(base)
    await activated(registration)
    return kept
  } catch {
    return false
  }
}

/** `navigator.serviceWorker.ready` would wait for ever in a tab that was opened at another page of the app. */
function activated({ installing, waiting, active }: ServiceWorkerRegistration): Promise<void> {
  const worker = active ?? waiting ?? installing
  if (!worker) return Promise.reject(new Error('no worker'))
  return new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === 'activated') resolve()
      if (worker.state === 'redundant') reject(new Error('the worker was refused'))
    }
    worker.addEventListener('statechange', look)
    look()
  })
}

/** Keeps the page with exactly the files it has loaded, and drops those of an older version. */
async function keepPage(base: string): Promise<boolean> {
  const page = new URL(`${base}verify`, location.origin).href
  const cache = await caches.open(cacheName)
  const answer = await fetch(page, { cache: 'no-cache', credentials: 'same-origin' }).catch(() => undefined)
  // Without a network, or when the server has a newer version: what was kept stays as it is.
  const kept = (await cache.match(page, { ignoreVary: true })) !== undefined
  if (!answer?.ok || !namesEntry(await answer.clone().text())) return kept
  const files = new Set(['theme.js', 'favicon.svg'].map((name) => new URL(base + name, location.origin).href))
  for (const { name } of performance.getEntriesByType('resource')) {
    const url = new URL(name)
    if (url.origin === location.origin && url.pathname.startsWith(`${base}assets/`)) files.add(url.href)
  }
  const before = new Set((await cache.keys()).map((request) => request.url))
  await cache.addAll([...files].filter((file) => !before.has(file) || !file.includes('/assets/')))
  await cache.put(page, answer)
  for (const url of before) if (url !== page && !files.has(url)) await cache.delete(url)
  return true
}

/** Whether this is the page that we were loaded from: the code of both is the same. */
function namesEntry(html: string): boolean {
  const entry = document.querySelector<HTMLScriptElement>('script[type=module][src]')?.getAttribute('src')
  return Boolean(entry) && html.includes(entry ?? '')
}
