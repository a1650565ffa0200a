/**
 * Where the app lives. The server writes its path into <base href> and its full address into a meta element, so the
 * same build works at the root of a host and below a path. In development neither is replaced.
 */
const placeholder = '__ACKIFY'

function baseHref(): URL {
  const base = document.baseURI.includes(placeholder) ? '/' : document.baseURI
  const url = new URL(base, window.location.origin)
  return new URL('./', url)
}

/** The path below which the router works, with a slash at both ends. */
export function routerBase(): string {
  return baseHref().pathname
}

/** An address of the server, from a path that starts with a slash, e.g. `/api/v1/csrf`. */
export function serverUrl(path: string): string {
  return new URL(path.slice(1), baseHref()).href
}

/** A full address of this instance to hand to other people, from a path that starts with a slash. */
export function shareUrl(path: string): string {
  const configured = document.querySelector<HTMLMetaElement>('meta[name="ackify-base-url"]')?.content ?? ''
  if (!configured || configured.includes(placeholder)) return serverUrl(path)
  return configured.replace(/\/+$/, '') + path
}

/** The address that leads anyone to the document which a reference names. */
export function documentLink(reference: string): string {
  return shareUrl(`/?doc=${encodeURIComponent(reference)}`)
}

/**
 * The certificate's address on this host, in a language and with the time in a zone of the IANA database besides UTC.
 */
export function certificateHref(certificateUrl: string, locale: string, timeZone: string): string {
  return `${receiptHref(certificateUrl)}?${new URLSearchParams({ locale, timeZone }).toString()}`
}

/**
 * The receipt's address on the host this page came from: the server answers with an absolute address, which may name
 * another host than the one a person uses, and the session cookie is sent only to the latter.
 */
export function receiptHref(receiptUrl: string): string {
  return new URL(receiptUrl, window.location.origin).pathname
}
