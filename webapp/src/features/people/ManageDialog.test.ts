import userEvent from '@testing-library/user-event'
import { screen, waitFor, within } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import PeoplePage from '@/pages/PeoplePage.vue'
import type { ManagedUser, PublicConfig, User } from '@/services/types'
import { useSession } from '@/stores/session'
import { mount, violations } from '@/test/mount'
import { aConfig, aUser, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'

const admin: User = {
  ...aUser,
  id: '7f0d6a6e-0000-4000-8000-000000000009',
  email: 'ada@acme.example',
  name: 'Ada Lindqvist',
  role: 'admin',
}
const { hasPassword: _, canCreateDocuments: __, ...known } = aUser
const sam: ManagedUser = {
  ...known,
  isActive: true,
  isVerified: true,
  lastLoginAt: '2026-11-21T09:42:07.123456Z',
  lastLoginMethod: 'acme',
}
const ada: ManagedUser = { ...sam, id: admin.id, email: admin.email, name: admin.name, role: 'admin' }
const patch = `PATCH /users/${sam.id}`
const reset = `POST /users/${sam.id}/password-reset`

async function open(
  more: Record<string, Handler> = {},
  {
    users = [ada, sam],
    config = {},
    as = admin,
  }: { users?: ManagedUser[]; config?: Partial<PublicConfig>; as?: User } = {},
) {
  const providers = [{ id: 'acme', label: 'Acme SSO', kind: 'oidc' as const }]
  const sent = serve({
    'GET /config': () => json({ ...aConfig, providers, ...config }),
    'GET /users': () => json({ items: users }),
    'GET /invitations': () => json({ items: [] }),
    'GET /erasure-requests': () => json({ items: [] }),
    ...more,
  })
  const view = await mount(PeoplePage, { path: '/admin/people', user: as })
  await screen.findByRole('table', { name: 'Accounts' })
  return { sent: () => sent.filter(({ method }) => method !== 'GET'), ...view }
}
async function manage(who: ManagedUser) {
  await userEvent.click(screen.getByRole('button', { name: `Manage ${who.email}` }))
  return screen.findByRole('dialog', { name: who.name })
}
const press = (place: HTMLElement, name: string) =>
  userEvent.click(within(place).getByRole('button', { name }))

describe('managing a person', () => {
  it('shows how they last came in, and who is not let in or not confirmed', async () => {
    const out: ManagedUser = {
      ...sam,
      id: '3',
      email: 'out@acme.example',
      isActive: false,
      isVerified: false,
    }
    const { container } = await open({}, { users: [sam, out] })
    expect(await screen.findAllByText('with Acme SSO')).toHaveLength(2)
    expect(screen.getByText('Deactivated')).toBeTruthy()
    expect(screen.getByText('Unconfirmed')).toBeTruthy()
    expect(await violations(container)).toEqual([])
  })

  it('gives another role', async () => {
    const { sent } = await open({ [patch]: () => json({ ...sam, role: 'author' }) })
    const dialog = await manage(sam)
    expect(await violations(dialog)).toEqual([])
    expect(within(dialog).queryByRole('button', { name: 'Save' })).toBeNull()
    await userEvent.selectOptions(within(dialog).getByLabelText('Role'), 'author')
    await press(dialog, 'Save')
    await waitFor(() => expect(within(dialog).queryByRole('button', { name: 'Save' })).toBeNull())
    expect(sent().map(({ body }) => body)).toEqual([{ role: 'author' }])
    expect(within(dialog).getByText('What this person did').getAttribute('href')).toBe(
      `/admin/audit?q=${sam.email}`,
    )
  })

  it('keeps the last administrator, and says why', async () => {
    await open({ [`PATCH /users/${ada.id}`]: () => problem(409, 'user.last_admin') })
    const dialog = await manage(ada)
    await userEvent.selectOptions(within(dialog).getByLabelText('Role'), 'signer')
    expect(within(dialog).getByText(/This is your own account/)).toBeTruthy()
    await press(dialog, 'Save')
    expect((await within(dialog).findByRole('alert')).textContent).toContain('Nobody would administer')
  })

  it('deactivates after naming what happens, and reactivates', async () => {
    let now = sam
    const { sent } = await open({
      [patch]: ({ body }) => {
        now = { ...now, ...(body as object) }
        return json(now)
      },
    })
    const dialog = await manage(sam)
    await press(dialog, 'Deactivate')
    const question = await screen.findByRole('alertdialog', { name: `Deactivate ${sam.email}?` })
    expect(within(question).getByText(/out everywhere at once/)).toBeTruthy()
    expect(await violations(question)).toEqual([])
    await press(question, 'Deactivate')
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull())
    expect(within(dialog).queryByRole('button', { name: 'Make a link' })).toBeNull()
    await press(dialog, 'Reactivate')
    await within(dialog).findByRole('button', { name: 'Deactivate' })
    expect(sent().map(({ body }) => body)).toEqual([{ isActive: false }, { isActive: true }])
  })

  it('warns whoever deactivates themselves, and logs them out', async () => {
    const { router } = await open({
      [`PATCH /users/${ada.id}`]: () => json({ ...ada, isActive: false }),
      'GET /users/me': () => problem(401, 'auth.required'),
    })
    const dialog = await manage(ada)
    await press(dialog, 'Deactivate')
    const question = await screen.findByRole('alertdialog')
    expect(within(question).getByText(/You are logged out at once/)).toBeTruthy()
    await press(question, 'Deactivate')
    await waitFor(() => expect(router.currentRoute.value.name).toBe('login'))
    expect(useSession().user).toBeNull()
  })

  it('shows the link for a new password once, where no mail is sent', async () => {
    const url = 'https://ackify.acme.example/reset#token=x'
    await open({ [reset]: () => json({ sent: false, url, expiresAt: '2026-11-22T09:00:00.000000Z' }) })
    await press(await manage(sam), 'Make a link')
    const shown = await screen.findByRole<HTMLInputElement>('textbox', { name: 'Link for a new password' })
    expect(shown.value).toBe(url)
    expect(screen.getByText(/it is shown only once/)).toBeTruthy()
    expect(await violations(screen.getByRole('dialog'))).toEqual([])
  })

  it('mails it where mail is sent', async () => {
    await open(
      { [reset]: () => json({ sent: true, expiresAt: '2026-11-22T09:00:00.000000Z' }) },
      { config: { email: true } },
    )
    await press(await manage(sam), 'Send the link')
    expect(await screen.findByText(`A mail with the link is on its way to ${sam.email}.`)).toBeTruthy()
    expect(screen.queryByRole('textbox', { name: 'Link for a new password' })).toBeNull()
  })

  it.each([
    [409, 'user.inactive', 'Reactivate it first'],
    [404, 'user.not_found', 'not known here'],
  ])('explains %i %s', async (status, code, sentence) => {
    await open({ [reset]: () => problem(status, code) })
    const dialog = await manage(sam)
    await press(dialog, 'Make a link')
    expect((await within(dialog).findByRole('alert')).textContent).toContain(sentence)
  })

  it('is not for an auditor', async () => {
    await open({}, { as: { ...admin, role: 'auditor' } })
    expect(screen.queryByRole('button', { name: /Manage|Invite/ })).toBeNull()
  })
})

describe('an invitation', () => {
  const made = {
    id: '1',
    email: 'noor@acme.example',
    name: '',
    role: 'signer',
    createdAt: '',
    expiresAt: '2026-11-28T09:00:00.000000Z',
  }
  const invite = async () => {
    await userEvent.click(screen.getByRole('button', { name: 'Invite a person' }))
    const dialog = await screen.findByRole('dialog', { name: 'Invite a person' })
    await userEvent.type(within(dialog).getByLabelText('Email'), made.email)
    await press(dialog, 'Invite')
  }

  it('shows its link to hand over, where no mail is sent', async () => {
    const url = 'https://ackify.acme.example/invite/x'
    await open({ 'POST /invitations': () => json({ ...made, sent: false, url }, 201) })
    await invite()
    expect((await screen.findByLabelText<HTMLInputElement>('Invitation link')).value).toBe(url)
  })

  it('says that the mail is on its way, where it is', async () => {
    await open({ 'POST /invitations': () => json({ ...made, sent: true }, 201) }, { config: { email: true } })
    await invite()
    expect(await screen.findByText(`A mail with the link is on its way to ${made.email}.`)).toBeTruthy()
    expect(screen.queryByLabelText('Invitation link')).toBeNull()
    expect(await violations(screen.getByRole('dialog'))).toEqual([])
  })
})
