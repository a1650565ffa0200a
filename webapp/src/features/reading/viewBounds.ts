import type { View } from './useReading'

export interface Bounds {
  top: number
  bottom: number
}

/** The part of the window in which something can be read: the signing sheet covers the lower part of a narrow one. */
export function viewBounds(): Bounds {
  const sheet = document.querySelector('.sheet')?.getBoundingClientRect()
  const covers = sheet !== undefined && sheet.width > window.innerWidth * 0.8
  return { top: 0, bottom: covers ? Math.min(window.innerHeight, sheet.top) : window.innerHeight }
}

/** A page counts by its half or by its end: of a page that is larger than the window, the half is never in view. */
export function isInView(page: DOMRect, { top, bottom }: Bounds): boolean {
  const height = Math.min(page.bottom, bottom) - Math.max(page.top, top)
  if (page.height <= 0 || height <= 0) return false
  const end = page.bottom <= bottom + 2 && page.bottom > top
  return end || height >= page.height / 2
}

/** What is in view of something without pages: it counts with its end. */
export function unpagedView(element: Element): View {
  const { top, bottom, height } = element.getBoundingClientRect()
  const bounds = viewBounds()
  if (height <= 0) return { pages: [] }
  const reach = (Math.min(bottom, bounds.bottom) - top) / height
  return { pages: bottom <= bounds.bottom + 2 && bottom > bounds.top ? [1] : [], reach: Math.max(0, reach) }
}
