import userEvent from '@testing-library/user-event'
import { screen, waitFor, within } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import PeoplePage from '@/pages/PeoplePage.vue'
import type { ErasureRequest, ManagedUser } from '@/services/types'
import { mount, violations } from '@/test/mount'
import { anErasureRequest, aUser, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'

const admin = { ...aUser, id: '7f0d6a6e-0000-4000-8000-000000000009', role: 'admin' as const }
const sam: ManagedUser = { ...aUser, isActive: true, isVerified: true }
const gone: ManagedUser = {
  ...sam,
  id: '7f0d6a6e-0000-4000-8000-000000000003',
  email: 'erased:7f0d6a6e-0000-4000-8000-000000000003',
  name: '',
  isActive: false,
}

async function open(
  requests: ErasureRequest[] | Handler,
  more: Record<string, Handler> = {},
  role: 'admin' | 'auditor' = 'admin',
) {
  const sent = serve({
    'GET /users': () => json({ items: [sam, gone] }),
    'GET /invitations': () => json({ items: [] }),
    'GET /erasure-requests': typeof requests === 'function' ? requests : () => json({ items: requests }),
    ...more,
  })
  const view = await mount(PeoplePage, { path: '/admin/people', user: { ...admin, role } })
  await screen.findByRole('table', { name: 'Accounts' })
  return { sent, ...view }
}
const ask = () => userEvent.click(screen.getByRole('button', { name: `Request erasure… ${sam.email}` }))
const file = () => userEvent.click(screen.getByRole('button', { name: 'File the request' }))
const posts = (sent: { method: string; body: unknown }[]) =>
  sent.filter(({ method }) => method === 'POST').map(({ body }) => body)

describe('a request to be forgotten', () => {
  it('says what will happen, then files it', async () => {
    const requests: ErasureRequest[] = []
    const { sent } = await open(() => json({ items: requests }), {
      'POST /erasure-requests': () => {
        requests.push(anErasureRequest)
        return json(anErasureRequest, 201)
      },
    })
    expect(await screen.findByText('There is no request.')).toBeTruthy()
    await ask()
    const dialog = await screen.findByRole('dialog', { name: `Request erasure: ${sam.email}` })
    expect(within(dialog).getByText(/the operator does that on the server/)).toBeTruthy()
    expect(within(dialog).getByText(/Every other proof stays valid/)).toBeTruthy()
    expect(within(dialog).getByText(/cannot be undone/)).toBeTruthy()
    expect(within(dialog).queryByLabelText('Email')).toBeNull()
    expect(await violations(dialog)).toEqual([])
    await file()
    expect(screen.getByText('Please fill this in.')).toBeTruthy()
    await userEvent.type(screen.getByLabelText('Reason'), ' Left the company and asked for it ')
    await file()
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(posts(sent)).toEqual([{ email: sam.email, reason: anErasureRequest.reason }])
    expect(await screen.findByText(`ackify user erase --email ${sam.email}`)).toBeTruthy()
  })

  it('refuses a reason that names the person, before anything is sent', async () => {
    const { sent } = await open([])
    await ask()
    await userEvent.type(await screen.findByLabelText('Reason'), `as SAM.okafor@acme.example wishes`)
    await file()
    expect(screen.getByText(/without the person’s address/)).toBeTruthy()
    expect(posts(sent)).toEqual([])
  })

  it('can be about an address without account, with what is wrong at its field', async () => {
    const errors = [{ field: 'email', code: 'erasure.last_admin', detail: '' }]
    const { sent } = await open([], {
      'POST /erasure-requests': () => problem(422, 'erasure.last_admin', { errors }),
    })
    await userEvent.click(screen.getByRole('button', { name: 'For an address without account…' }))
    const email = await screen.findByLabelText('Email')
    await userEvent.type(email, 'ada@acme.example')
    await userEvent.type(screen.getByLabelText('Reason'), 'asked for it')
    await file()
    await waitFor(() => expect(document.activeElement).toBe(email))
    expect(screen.getByText(/the only administrator/)).toBeTruthy()
    expect(posts(sent)).toEqual([{ email: 'ada@acme.example', reason: 'asked for it' }])
  })

  it.each([
    [404, 'erasure.nobody', undefined, 'Nothing here is about this address'],
    [409, 'erasure.already_requested', undefined, 'an open request for this address already'],
    [422, 'erasure.last_admin', 'email', 'the only administrator'],
    [422, 'erasure.reason_invalid', 'reason', 'at most 500 characters'],
  ])('explains %i %s', async (status, code, field, sentence) => {
    const more = field ? { errors: [{ field, code, detail: '' }] } : {}
    await open([], { 'POST /erasure-requests': () => problem(status, code, more) })
    await ask()
    await userEvent.type(await screen.findByLabelText('Reason'), 'asked for it')
    await file()
    expect(await screen.findByText(new RegExp(sentence))).toBeTruthy()
  })

  it('shows what became of each, and of whom nothing is left', async () => {
    const completed: ErasureRequest = {
      ...anErasureRequest,
      id: '0c2c2a5e-0000-4000-8000-000000000002',
      email: 'erased:0c2c2a5e-0000-4000-8000-000000000002',
      reason: '',
      state: 'completed',
      completedAt: '2026-11-21T10:00:00.000000Z',
      entries: 3,
    }
    const withdrawn: ErasureRequest = {
      ...anErasureRequest,
      id: '0c2c2a5e-0000-4000-8000-000000000003',
      email: 'noor@acme.example',
      state: 'withdrawn',
    }
    const { container } = await open([completed, withdrawn])
    const table = await screen.findByRole('table', { name: 'Requests to be forgotten' })
    expect(within(table).getByText('Erased person')).toBeTruthy()
    expect(within(table).getByText(/3 entries erased/)).toBeTruthy()
    expect(within(table).getByText('Withdrawn')).toBeTruthy()
    expect(within(table).queryByRole('button', { name: /Withdraw/ })).toBeNull()
    const people = screen.getByRole('table', { name: 'Accounts' })
    expect(within(people).getByText('Erased person')).toBeTruthy()
    expect(screen.getAllByRole('button', { name: /^Request erasure/ })).toHaveLength(1)
    expect(await violations(container)).toEqual([])
  })

  it('is withdrawn after one question, and says when it was no longer open', async () => {
    let answer = () => problem(404, 'erasure.not_found')
    const path = `DELETE /erasure-requests/${anErasureRequest.id}`
    const { sent } = await open([anErasureRequest], { [path]: () => answer() })
    await userEvent.click(await screen.findByRole('button', { name: `Withdraw ${sam.email}` }))
    const dialog = await screen.findByRole('alertdialog', {
      name: `Withdraw the request about ${sam.email}?`,
    })
    expect(await violations(dialog)).toEqual([])
    await userEvent.click(within(dialog).getByRole('button', { name: 'Withdraw' }))
    expect((await within(dialog).findByRole('alert')).textContent).toContain('no longer open')
    answer = () => new Response(null, { status: 204 })
    await userEvent.click(within(dialog).getByRole('button', { name: 'Withdraw' }))
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull())
    expect(sent.filter(({ method }) => method === 'DELETE')).toHaveLength(2)
  })

  it('is for an auditor to see, not to file', async () => {
    await open([anErasureRequest], {}, 'auditor')
    expect(await screen.findByText('Left the company and asked for it')).toBeTruthy()
    expect(screen.queryByRole('button', { name: /erasure|Withdraw|without account/ })).toBeNull()
  })
})
