import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import { recipient } from '@/features/session/recipient'
import { useSession } from '@/stores/session'
import { aUser, json, problem, serve } from '@/test/server'
import { router } from '.'

beforeEach(() => setActivePinia(createPinia()))

it('takes the address of a reminder out of the link before it becomes the place to return to', async () => {
  serve({ 'GET /users/me': () => problem(401, 'auth.required') })
  await router.push('/d/policy-2026?page=2#email=sam%40acme.example')
  expect(router.currentRoute.value.fullPath).toBe('/login?next=/d/policy-2026?page=2')
  expect(recipient()).toBe('sam@acme.example')
  expect(localStorage.getItem('ackify.wanted')).not.toContain('sam')
})

it('does so too for whoever is logged in, and leaves other fragments alone', async () => {
  serve({ 'GET /users/me': () => json(aUser) })
  await useSession().load()
  await router.push('/d/policy-2026#email=sam%40acme.example')
  expect(router.currentRoute.value.fullPath).toBe('/d/policy-2026')
  expect(useSession().meantFor).toBe('sam@acme.example')
  expect(recipient()).toBeUndefined()
  await router.push('/d/policy-2026#page=3')
  expect(router.currentRoute.value.hash).toBe('#page=3')
})

it('says nothing to whom the mail was for', async () => {
  serve({ 'GET /users/me': () => json(aUser) })
  await useSession().load()
  await router.push(`/d/policy-2026#email=${encodeURIComponent(aUser.email.toUpperCase())}`)
  expect(useSession().meantFor).toBeNull()
})
