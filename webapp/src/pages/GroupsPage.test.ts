import userEvent from '@testing-library/user-event'
import { fireEvent, screen, waitFor, within } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { peopleIn } from '@/features/groups/pasted'
import type { Group, Role } from '@/services/types'
import { mount, violations } from '@/test/mount'
import { aUser, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'
import GroupPage from './GroupPage.vue'
import GroupsPage from './GroupsPage.vue'

const group: Group = {
  id: '5b1c2a5e-0000-4000-8000-000000000001',
  name: 'Sales Paris',
  members: 2,
  createdAt: '2026-11-01T08:00:00.000000Z',
}
const at = `/groups/${group.id}`
const noor = { email: 'noor@acme.example', name: 'Noor Haddad', joinedAt: '2026-11-01T08:00:00.000000Z' }
const bo = { email: 'bo@acme.example', name: '', joinedAt: '2026-11-02T08:00:00.000000Z' }
const button = (name: string | RegExp) => screen.findByRole('button', { name })

describe('the groups', () => {
  async function open(handlers: Record<string, Handler> = {}, role: Role = 'admin', path = '/admin/groups') {
    const sent = serve({ 'GET /groups': () => json({ items: [group] }), ...handlers })
    return { ...(await mount(GroupsPage, { path, user: { ...aUser, role } })), sent }
  }

  it('are listed, found by name, and made by an administrator', async () => {
    const answers = [problem(409, 'group.exists'), json({ ...group, id: 'new', name: 'Lyon' }, 201)]
    const { container, sent, router } = await open({ 'POST /groups': () => answers.shift()! })
    const link = await screen.findByRole('link', { name: 'Sales Paris' })
    expect(link.getAttribute('href')).toBe(`/admin${at}`)
    expect(screen.getByText('2 people')).toBeTruthy()
    expect(await violations(container)).toEqual([])
    await fireEvent.update(screen.getByLabelText('Search group'), 'sales')
    await waitFor(() => expect(sent.at(-1)?.query.get('q')).toBe('sales'))
    await userEvent.click(await button('New group'))
    const dialog = await screen.findByRole('dialog')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Create group' }))
    expect(within(dialog).getByText('Please fill this in.')).toBeTruthy()
    await userEvent.type(within(dialog).getByLabelText('Name'), 'Lyon')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Create group' }))
    expect((await within(dialog).findByRole('alert')).textContent).toContain('of this name already')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Create group' }))
    await waitFor(() => expect(router.currentRoute.value.path).toBe('/admin/groups/new'))
  })

  it('are only read by an author', async () => {
    await open({}, 'author')
    await screen.findByRole('link', { name: 'Sales Paris' })
    expect(screen.queryByRole('button', { name: 'New group' })).toBeNull()
  })

  it('may be none', async () => {
    await open({ 'GET /groups': () => json({ items: [] }) })
    expect(await screen.findByText('There are no groups')).toBeTruthy()
  })
})

describe('a group', () => {
  async function open(handlers: Record<string, Handler> = {}, role: Role = 'admin') {
    const sent = serve({
      'GET /groups': ({ query }) =>
        json(query.get('cursor') ? { items: [group] } : { items: [], nextCursor: 'c-1' }),
      [`GET ${at}/members`]: () => json({ items: [noor, bo] }),
      ...handlers,
    })
    const view = await mount(GroupPage, {
      props: { groupId: group.id },
      path: `/admin${at}`,
      user: { ...aUser, role },
    })
    await screen.findByText(noor.name)
    return { ...view, sent, of: (method: string) => sent.filter((one) => one.method === method) }
  }

  it('says who is in it', async () => {
    const { container } = await open({}, 'auditor')
    expect(await screen.findByRole('heading', { level: 1, name: 'Sales Paris' })).toBeTruthy()
    expect(screen.getByText('Noor Haddad')).toBeTruthy()
    expect(screen.queryByRole('button', { name: /Add|Remove|Rename|Delete/ })).toBeNull()
    expect(await violations(container)).toEqual([])
  })

  it('takes people as they are pasted, all or none', async () => {
    const answers = [
      problem(422, 'request.invalid', {
        errors: [{ field: 'members[1].email', code: 'email.invalid', detail: '' }],
      }),
      json({ added: 1, existing: 1 }),
    ]
    const { of } = await open({ [`POST ${at}/members`]: () => answers.shift()! })
    await userEvent.click(await button('Add people'))
    const dialog = await screen.findByRole('dialog', { name: 'Add people to “Sales Paris”' })
    const field = within(dialog).getByLabelText('People')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Add' }))
    expect(within(dialog).getByText('Please fill this in.')).toBeTruthy()
    await fireEvent.update(field, 'Ida Ek <ida@acme.example>\nnonsense')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Add 2 people' }))
    expect(await within(dialog).findByText('nonsense')).toBeTruthy()
    expect(within(dialog).getByText(/^Enter an email address/)).toBeTruthy()
    await fireEvent.update(field, 'Ida Ek <ida@acme.example>\nnoor@acme.example')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Add 2 people' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(of('POST').at(-1)?.body).toEqual({
      members: [{ email: 'Ida Ek <ida@acme.example>' }, { email: 'noor@acme.example' }],
    })
  })

  it('loses somebody after one question', async () => {
    const { of } = await open({
      [`DELETE ${at}/members/bo%40acme.example`]: () => new Response(null, { status: 204 }),
    })
    await userEvent.click(await button(`Remove ${bo.email}`))
    const question = await screen.findByRole('alertdialog', {
      name: `Remove ${bo.email} from “Sales Paris”?`,
    })
    expect(within(question).getByText(/stays asked/)).toBeTruthy()
    await userEvent.click(within(question).getByRole('button', { name: 'Remove' }))
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull())
    expect(of('DELETE')).toHaveLength(1)
  })

  it('gets another name', async () => {
    const { of } = await open({ [`PATCH ${at}`]: () => json({ ...group, name: 'Sales Lyon' }) })
    await userEvent.click(await button('Rename'))
    const dialog = await screen.findByRole('dialog')
    await fireEvent.update(within(dialog).getByLabelText('Name'), ' Sales Lyon ')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(of('PATCH')[0]?.body).toEqual({ name: 'Sales Lyon' })
  })

  it('is deleted after saying that who was asked stays asked', async () => {
    const { router } = await open({ [`DELETE ${at}`]: () => new Response(null, { status: 204 }) })
    await userEvent.click(await button('Delete group'))
    const question = await screen.findByRole('alertdialog')
    expect(within(question).getByText(/2 people is gone. Whoever was asked by it stays asked/)).toBeTruthy()
    await userEvent.click(within(question).getByRole('button', { name: 'Delete group' }))
    await waitFor(() => expect(router.currentRoute.value.name).toBe('groups'))
  })

  it('may not be there', async () => {
    serve({
      'GET /groups': () => json({ items: [] }),
      [`GET ${at}/members`]: () => problem(404, 'group.not_found'),
    })
    await mount(GroupPage, {
      props: { groupId: group.id },
      path: `/admin${at}`,
      user: { ...aUser, role: 'admin' },
    })
    expect((await screen.findByRole('alert')).textContent).toContain('no longer there')
    expect(screen.getByRole('link', { name: 'All groups' })).toBeTruthy()
  })
})

describe('people as they are pasted', () => {
  it.each([
    ['a@x.example\r\nb@x.example\n\n', ['a@x.example', 'b@x.example']],
    ['Ada <a@x.example>; Bo <b@x.example>;', ['Ada <a@x.example>', 'Bo <b@x.example>']],
    ['a@x.example, b@x.example,', ['a@x.example', 'b@x.example']],
    ['Lovelace, Ada <a@x.example>\nb@x.example', ['Lovelace, Ada <a@x.example>', 'b@x.example']],
    ['nonsense', ['nonsense']],
    [' \n ', []],
  ])('are found in %j', (text, people) => expect(peopleIn(text)).toEqual(people))
})
