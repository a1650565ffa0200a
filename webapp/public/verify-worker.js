// Opens the page that verifies receipts when there is no network, and no other page: every request that is not about it
// goes to the server as if this were not here. What is kept is written by src/features/verify/offline.ts.
const kept = 'ackify-verify'
const page = self.registration.scope
const base = new URL('./', self.location.href).href

self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = request.url.split(/[?#]/)[0]
  if (request.method !== 'GET') return
  if (request.mode === 'navigate') {
    if (url === page || url === page + '/') event.respondWith(freshOrKept(request, page))
  } else if (url.startsWith(base + 'assets/')) {
    event.respondWith(find(url).then((found) => found || fetch(request)))
  } else if (url === base + 'theme.js' || url === base + 'favicon.svg') {
    event.respondWith(freshOrKept(request, url))
  }
})

// The server's answer whenever it has one, so that nobody is shown an older version.
async function freshOrKept(request, url) {
  try {
    const answer = await fetch(request)
    if (answer.status < 500) return answer
    return (await find(url)) || answer
  } catch (error) {
    const found = await find(url)
    if (found) return found
    throw error
  }
}

async function find(url) {
  const cache = await caches.open(kept)
  return cache.match(url, { ignoreVary: true })
}
