/**
 * Where to go after logging in, from an address that anybody may have written. Answers a path inside the app: only
 * what resolves to our own origin counts, and never the login page itself.
 */
export function safeNext(next: unknown, origin: string = window.location.origin): string {
  if (typeof next !== 'string' || !next.startsWith('/')) return '/'
  let url: URL
  try {
    url = new URL(next, origin)
  } catch {
    return '/'
  }
  if (url.origin !== origin || url.pathname.startsWith('//')) return '/'
  if (/^\/login\/?$/.test(url.pathname)) return '/'
  return url.pathname + url.search + url.hash
}
