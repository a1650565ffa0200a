import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { aUser, json, problem, serve } from '@/test/server'
import { useSession } from './session'

const other = { ...aUser, id: '7f0d6a6e-0000-4000-8000-000000000002', name: 'Noor Haddad' }

describe('who is logged in, asked first', () => {
  beforeEach(() => setActivePinia(createPinia()))

  it('is asked again after an answer that does not say', async () => {
    const answers = [problem(429, 'request.rate_limited'), problem(503, 'database.unavailable'), json(aUser)]
    const sent = serve({ 'GET /users/me': () => answers.shift()! })
    const session = useSession()
    await Promise.all([session.load(), session.load()])
    expect([session.loadProblem?.code, sent.length]).toEqual(['request.rate_limited', 1])
    await session.load(true)
    expect(session.loadProblem?.code).toBe('database.unavailable')
    await session.load(true)
    expect([session.loadProblem, session.user?.id]).toEqual([null, aUser.id])
  })
})

describe('who is logged in, asked again', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
    useSession().user = aUser
  })

  it('leaves the page alone when it is the same person', async () => {
    serve({ 'GET /users/me': () => json({ ...aUser, name: 'Sam' }) })
    const session = useSession()
    await session.refresh()
    expect([session.user?.name, session.takeovers, session.takeoverNote]).toEqual(['Sam', 0, null])
  })

  it.each([
    [true, 'refused'],
    [false, 'noticed'],
  ])('shows somebody else, and says so (refused: %s)', async (refused, note) => {
    serve({ 'GET /users/me': () => json(other) })
    const session = useSession()
    await session.refresh(refused)
    expect([session.user?.id, session.takeovers, session.takeoverNote]).toEqual([other.id, 1, note])
  })

  it('knows when nobody is any more', async () => {
    serve({ 'GET /users/me': () => problem(401, 'auth.required') })
    await useSession().refresh()
    expect(useSession().user).toBeNull()
  })

  it('changes nothing while the server cannot say', async () => {
    serve({ 'GET /users/me': () => problem(503, 'database.unavailable') })
    await useSession().refresh()
    expect(useSession().user?.id).toBe(aUser.id)
  })

  it('lets a log-in of this tab win over an answer from before', async () => {
    let answer: (response: Response) => void = () => {}
    serve({ 'GET /users/me': () => new Promise((resolve) => (answer = resolve)) })
    const asked = useSession().refresh()
    await useSession().begin(other)
    answer(json(aUser))
    await asked
    expect(useSession().user?.id).toBe(other.id)
  })
})
