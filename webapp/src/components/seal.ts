export interface Ray {
  x1: number
  y1: number
  x2: number
  y2: number
}

/** The mark in the header and on the tab: drawn by the same rule as every seal. */
export const brandHash = '9f3c11e07ab25d48c6f0136e8894bb27d5ea0b71f3269c4d10a8e75f62cb3e94'

const rays = 32
const centre = 50
const inner = 30
const outer = 34
const reach = 13

/**
 * The seal: 32 rays whose lengths are the 32 bytes of an entry hash (hex), clockwise from the top, in a box of 100 by
 * 100. The same hash gives the same seal everywhere: on a page, in a certificate, when verifying.
 */
export function sealRays(entryHash: string): Ray[] {
  return Array.from({ length: rays }, (_, i) => {
    const byte = parseInt(entryHash.slice(i * 2, i * 2 + 2), 16) || 0
    const angle = (i / rays) * 2 * Math.PI - Math.PI / 2
    const length = outer + (byte / 255) * reach
    return {
      x1: centre + inner * Math.cos(angle),
      y1: centre + inner * Math.sin(angle),
      x2: centre + length * Math.cos(angle),
      y2: centre + length * Math.sin(angle),
    }
  })
}
