import { render } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import Seal from './Seal.vue'
import { sealRays } from './seal'

const length = ({ x1, y1, x2, y2 }: ReturnType<typeof sealRays>[number]) => Math.hypot(x2 - x1, y2 - y1)

describe('the seal', () => {
  it('has 32 rays whose lengths are the bytes of the hash', () => {
    const rays = sealRays('00ff80' + '00'.repeat(29))
    expect(rays).toHaveLength(32)
    expect(length(rays[0]!)).toBeCloseTo(4)
    expect(length(rays[1]!)).toBeCloseTo(17)
    expect(length(rays[2]!)).toBeCloseTo(4 + (128 / 255) * 13)
  })

  it('starts at the top and goes clockwise', () => {
    const rays = sealRays('ff'.repeat(32))
    expect(rays[0]).toMatchObject({ x1: expect.closeTo(50), y1: expect.closeTo(20), y2: expect.closeTo(3) })
    expect(rays[8]).toMatchObject({ x1: expect.closeTo(80), y1: expect.closeTo(50), x2: expect.closeTo(97) })
  })

  it('is hidden from screen readers: the words beside it say what it means', () => {
    const { container } = render(Seal, { props: { hash: 'ab'.repeat(32), size: 40 } })
    const svg = container.querySelector('svg')!
    expect(svg.getAttribute('aria-hidden')).toBe('true')
    expect(svg.getAttribute('width')).toBe('40')
    expect(container.querySelector('path')!.getAttribute('d')!.match(/M/g)).toHaveLength(32)
  })
})
