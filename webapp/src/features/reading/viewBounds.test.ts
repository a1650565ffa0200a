import { describe, expect, it } from 'vitest'
import { isInView } from './viewBounds'

const page = (top: number, height: number) => new DOMRect(0, top, 600, height)
const bounds = { top: 100, bottom: 500 }

describe('a page is in view', () => {
  it.each([
    ['with all of it', page(150, 300), true],
    ['with its upper half', page(300, 400), true],
    ['with less than its half', page(310, 400), false],
    ['with its end, however large it is', page(-1500, 1900), true],
    ['not when it is larger and its end is still below', page(-1500, 2100), false],
    ['not when it is above', page(-400, 450), false],
    ['not without any height', page(200, 0), false],
  ])('%s', (_name, rect, expected) => expect(isInView(rect, bounds)).toBe(expected))
})
