import { describe, expect, it } from 'vitest'
import { loginFor, router } from './index'

describe("a reminder's link", () => {
  it('leads to the login page, with the address where no server sees it', () => {
    const place = router.resolve('/d/policy?x=1#email=zoe%2Ba%40acme.example')
    const login = router.resolve(loginFor(place))
    expect(login.query).toEqual({ next: '/d/policy?x=1' })
    expect(login.hash).toBe('#email=zoe+a@acme.example')
    expect(router.resolve(login.fullPath).hash).toBe(login.hash)
  })

  it('is told from any other place', () => {
    expect(router.resolve(loginFor(router.resolve('/d/policy#page=2'))).query).toEqual({
      next: '/d/policy#page=2',
    })
  })
})
