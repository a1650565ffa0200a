/** An email taken apart for a page whose policy allows no style in its markup: its elements, and its sheet of style. */
export interface Letter {
  page: Document
  css: string
}

const kept = 'data-look'

/**
 * Reads an email's HTML. What its elements are to look like waits in an attribute, as the browser would report every
 * style that it meets while reading. Links lead nowhere, and pictures are shown only when they came along.
 */
export function readLetter(html: string): Letter {
  const sheets: string[] = []
  const quiet = html
    .replace(/<style[^>]*>([\s\S]*?)<\/style>/gi, (_, css: string) => {
      sheets.push(css)
      return ''
    })
    .replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle=/gi, ` ${kept}=`))
  const page = new DOMParser().parseFromString(quiet, 'text/html')
  for (const link of page.querySelectorAll('a[href]')) {
    link.setAttribute('title', link.getAttribute('href') ?? '')
    link.removeAttribute('href')
  }
  for (const image of page.querySelectorAll('img')) {
    if (!image.getAttribute('src')?.startsWith('data:')) image.removeAttribute('src')
  }
  for (const other of page.querySelectorAll('script, iframe, object, embed, link, base, meta[http-equiv]'))
    other.remove()
  return { page, css: sheets.join('\n') }
}

/** Puts a letter into an empty frame's page, styled by script: that is what the policy allows. */
export function layOut({ page, css }: Letter, into: Document): void {
  into.documentElement?.remove()
  into.append(into.importNode(page.documentElement, true))
  for (const element of into.querySelectorAll<HTMLElement>(`[${kept}]`)) {
    element.style.cssText = element.getAttribute(kept) ?? ''
    element.removeAttribute(kept)
  }
  const Sheet = (into.defaultView as (Window & typeof globalThis) | null)?.CSSStyleSheet
  if (!Sheet) return
  const sheet = new Sheet()
  sheet.replaceSync(css)
  into.adoptedStyleSheets = [sheet]
}
