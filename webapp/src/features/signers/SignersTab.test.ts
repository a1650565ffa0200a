import userEvent from '@testing-library/user-event'
import { screen, waitFor, within } from '@testing-library/vue'
import { defineComponent, h } from 'vue'
import { describe, expect, it, vi } from 'vitest'
import type { Signer } from '@/services/types'
import { aManaged, anAuthor } from '@/test/documents'
import { mount, violations } from '@/test/mount'
import { json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'
import { aSigner, aStatus, signers } from '@/test/signers'
import { provideRemind } from './remind'
import type { Remind } from './remind'
import SignersTab from './SignersTab.vue'

const at = '/documents/policy-2026'
const noor = aSigner.email

async function open(
  options: {
    list?: Handler
    query?: string
    editable?: boolean
    handlers?: Record<string, Handler>
    remind?: Remind
  } = {},
) {
  const sent = serve({
    [`GET ${at}/signers`]: options.list ?? (() => json({ items: signers })),
    [`GET ${at}/status`]: () => json(aStatus),
    [`GET ${at}/groups`]: () => json({ items: [] }),
    ...options.handlers,
  })
  const page = defineComponent({
    setup() {
      if (options.remind) provideRemind({ remind: options.remind })
      return () => h(SignersTab, { document: aManaged, editable: options.editable ?? true })
    },
  })
  const path = `${at}?tab=signers${options.query ?? ''}`
  const view = await mount(page, { path, user: anAuthor })
  const asked = () =>
    sent.filter(({ path }) => path === `${at}/signers`).map(({ query }) => Object.fromEntries(query))
  const changes = () => sent.filter(({ method }) => method !== 'GET')
  return { ...view, sent, asked, changes }
}
const row = async (name: string) => (await screen.findByText(name)).closest('tr')!
async function act(name: string, action: string) {
  const trigger = within(await row(name)).getByRole('button', { name: `Actions: ${name}` })
  await userEvent.click(trigger)
  await userEvent.click(await screen.findByRole('menuitem', { name: action }))
}
const press = (place: HTMLElement, name: string) =>
  userEvent.click(within(place).getByRole('button', { name }))

describe('the list of those who are asked', () => {
  it('says of each how they stand, until when, why, and what became of the last reminder', async () => {
    const { container } = await open()
    const jonas = within(await row('Jonas Weber'))
    for (const text of ['Overdue', 'Own deadline', 'Leaves on the 20th', 'Warehouse', 'Night shift'])
      expect(jonas.getByText(text)).toBeTruthy()
    expect(jonas.getByText(/could not be sent/).getAttribute('title')).toBe('552 mailbox full')
    expect(jonas.getByText(/could not be sent/).textContent).toContain('2 so far')
    expect(within(await row('Noor Haddad')).getByText('Missing')).toBeTruthy()
    expect(within(await row('Sam Okafor')).getByText('Acknowledged')).toBeTruthy()
    expect(await violations(container)).toEqual([])
  })

  it('is narrowed down and ordered by the server, with counts, and keeps it in the address', async () => {
    const { asked, router } = await open({ query: '&state=missing&sort=dueAt' })
    await row('Noor Haddad')
    expect(asked()).toEqual([{ state: 'missing', sort: 'dueAt', limit: '50' }])
    expect((await screen.findByRole('link', { name: 'Overdue 9' })).getAttribute('aria-current')).toBeNull()
    expect(screen.getByRole('link', { name: 'Missing 61' }).getAttribute('aria-current')).toBe('true')
    await userEvent.click(screen.getByRole('link', { name: 'Not asked 4' }))
    await waitFor(() =>
      expect(router.currentRoute.value.query).toEqual({ tab: 'signers', state: 'unexpected' }),
    )
    await waitFor(() => expect(asked().at(-1)).toMatchObject({ state: 'unexpected', sort: '-signedAt' }))
    expect(screen.queryByRole('option', { name: 'Due first' })).toBeNull()
    await userEvent.type(screen.getByRole('searchbox'), 'noor')
    await waitFor(() => expect(asked().at(-1)).toMatchObject({ q: 'noor', state: 'unexpected' }))
  })

  it('goes on where it ended', async () => {
    const more = { ...aSigner, email: 'z@acme.example', name: 'Zoe Zimmer' }
    const { asked } = await open({
      list: ({ query }) =>
        query.get('cursor') ? json({ items: [more] }) : json({ items: signers, nextCursor: 'next' }),
    })
    await userEvent.click(await screen.findByRole('button', { name: 'Show more' }))
    await row('Zoe Zimmer')
    expect(asked().at(-1)).toMatchObject({ cursor: 'next' })
  })

  it('has words for nobody asked, nobody in a state, nothing found and a failure', async () => {
    const nobody = await open({ list: () => json({ items: [] }) })
    expect(await screen.findByText('Nobody has been asked yet')).toBeTruthy()
    expect(screen.getAllByRole('button', { name: 'Ask people' })).toHaveLength(2)
    nobody.unmount()
    const late = await open({ list: () => json({ items: [] }), query: '&state=overdue' })
    expect(await screen.findByText('Nobody is overdue')).toBeTruthy()
    late.unmount()
    const found = await open({ list: () => json({ items: [] }), query: '&q=zzz' })
    expect(await screen.findByText('Nothing found')).toBeTruthy()
    found.unmount()
    await open({ list: () => problem(503, 'database.unavailable') })
    expect(await screen.findByText(/cannot reach its database/)).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Try again' })).toBeTruthy()
  })

  it('is only read by who may not change it, and can be had as files', async () => {
    await open({ editable: false })
    await row('Noor Haddad')
    expect(screen.queryAllByRole('checkbox')).toEqual([])
    expect(screen.queryByRole('button', { name: /Actions|Ask people/ })).toBeNull()
    const files = screen.getAllByRole('link', { name: /CSV/ }).map((link) => link.getAttribute('href'))
    expect(files.map((file) => file?.split('/api/v1')[1])).toEqual([
      `${at}/signers.csv`,
      `${at}/signatures.csv`,
    ])
  })

  it('shows no name of who was erased, and nothing to do about them', async () => {
    await open({ list: () => json({ items: [{ ...aSigner, email: 'erased:7', name: '' }] }) })
    await screen.findByText('Erased person')
    expect(screen.queryByRole('button', { name: /^Actions/ })).toBeNull()
    expect(screen.queryByRole('checkbox')).toBeNull()
  })
})

describe('somebody who is asked', () => {
  const patch = `PATCH ${at}/signers/${encodeURIComponent(noor)}`

  it('is changed in what was changed, and another deadline needs a reason', async () => {
    const { changes } = await open({ handlers: { [patch]: () => json(aSigner) } })
    await act('Noor Haddad', 'Edit')
    const dialog = await screen.findByRole('dialog')
    expect(dialog.textContent).toContain(noor)
    await userEvent.click(within(dialog).getByLabelText(/^No reminders/))
    const day = within(dialog).getByLabelText(/^Own deadline/)
    await userEvent.clear(day)
    await userEvent.type(day, '2099-12-31')
    await press(dialog, 'Save')
    expect(await within(dialog).findByText('Please fill this in.')).toBeTruthy()
    expect(changes()).toEqual([])
    await userEvent.type(within(dialog).getByLabelText(/^Reason/), 'On leave')
    await press(dialog, 'Save')
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(changes()[0]?.body).toEqual({
      muted: true,
      deadline: { dueAt: '2099-12-31T22:59:59.000Z', reason: 'On leave' },
    })
  })

  it('needs no reason for a first deadline: nothing else was promised', async () => {
    const undated = { ...aSigner }
    delete undated.dueAt
    const { changes } = await open({
      list: () => json({ items: [undated] }),
      handlers: { [patch]: () => json(aSigner) },
    })
    await act('Noor Haddad', 'Edit')
    const dialog = await screen.findByRole('dialog')
    await userEvent.type(within(dialog).getByLabelText(/^Own deadline/), '2099-12-31')
    expect(within(dialog).queryByLabelText(/^Reason/)).toBeNull()
    await press(dialog, 'Save')
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    const dueAt = '2099-12-31T22:59:59.000Z'
    expect(changes()[0]?.body).toEqual({ deadline: { dueAt } })
  })

  it('sends nothing when nothing was changed, and says at the field what the server refuses', async () => {
    const errors = [{ field: 'name', code: 'name.invalid', detail: 'too long' }]
    const { changes } = await open({
      handlers: { [patch]: () => problem(422, 'name.invalid', { errors }) },
    })
    await act('Noor Haddad', 'Edit')
    await press(await screen.findByRole('dialog'), 'Save')
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(changes()).toEqual([])
    await act('Noor Haddad', 'Edit')
    const dialog = await screen.findByRole('dialog')
    await userEvent.type(within(dialog).getByLabelText(/^Name/), '!')
    await press(dialog, 'Save')
    expect(await within(dialog).findByText('Enter a name of at most 200 characters.')).toBeTruthy()
  })

  it('is withdrawn after it was said what that means', async () => {
    let list: Signer[] = signers
    const { changes } = await open({
      list: () => json({ items: list }),
      handlers: {
        [`POST ${at}/signers/withdraw`]: () => {
          list = list.slice(1)
          return json({ withdrawn: 1, unknown: [] })
        },
      },
    })
    await act('Noor Haddad', 'Withdraw')
    const dialog = await screen.findByRole('alertdialog')
    expect(dialog.textContent).toContain('No longer ask Noor Haddad?')
    expect(dialog.textContent).toContain('what was acknowledged stays proven')
    expect(changes()).toEqual([])
    await press(dialog, 'Withdraw')
    await waitFor(() => expect(screen.queryByText('Noor Haddad')).toBeNull())
    expect(screen.queryByRole('alertdialog')).toBeNull()
  })
})

describe('somebody who was withdrawn', () => {
  it('can be asked again', async () => {
    const gone: Signer = { ...aSigner, state: 'withdrawn', withdrawnAt: '2026-11-20T08:00:00.000000Z' }
    const { changes } = await open({
      list: () => json({ items: [gone] }),
      query: '&state=withdrawn',
      handlers: { [`POST ${at}/signers`]: () => json({ added: 1, existing: 0 }) },
    })
    await act('Noor Haddad', 'Ask again')
    await waitFor(() => expect(changes()[0]?.body).toEqual({ signers: [{ email: noor }] }))
  })
})

describe('the keyboard', () => {
  it('is back at the menu’s button after the question was put away', async () => {
    await open()
    await act('Noor Haddad', 'Withdraw')
    await screen.findByRole('alertdialog')
    await userEvent.keyboard('{Escape}')
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull())
    const button = screen.getByRole('button', { name: 'Actions: Noor Haddad' })
    await waitFor(() => expect(document.activeElement).toBe(button))
  })
})

describe('several people', () => {
  it('are chosen with a count, and withdrawn at once; while that fails they stay asked about', async () => {
    let refuse = true
    const { changes } = await open({
      handlers: {
        [`POST ${at}/signers/withdraw`]: () =>
          refuse ? problem(429, 'request.rate_limited') : json({ withdrawn: 3, unknown: [] }),
      },
    })
    await row('Noor Haddad')
    await userEvent.click(screen.getByLabelText('Choose Noor Haddad'))
    expect(screen.getByText('1 person chosen')).toBeTruthy()
    await userEvent.click(screen.getAllByLabelText('Choose all that are listed')[0]!)
    expect(screen.getByText('3 people chosen')).toBeTruthy()
    await userEvent.click(screen.getByRole('button', { name: 'Withdraw 3 people' }))
    const dialog = await screen.findByRole('alertdialog')
    await press(dialog, 'Withdraw')
    expect(await within(dialog).findByText(/Too many requests/)).toBeTruthy()
    expect(dialog.textContent).toContain('No longer ask 3 people?')
    refuse = false
    await press(dialog, 'Withdraw')
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull())
    const emails = signers.slice(0, 3).map(({ email }) => email)
    expect(changes().map(({ body }) => body)).toEqual([{ emails }, { emails }])
  })

  it('are no longer chosen in another view', async () => {
    await open()
    await row('Noor Haddad')
    await userEvent.click(screen.getByLabelText('Choose Noor Haddad'))
    await userEvent.click(screen.getByRole('link', { name: /^Missing/ }))
    await waitFor(() => expect(screen.queryByText('1 person chosen')).toBeNull())
  })

  it('are reminded where that is possible, without those who have acknowledged', async () => {
    const remind = vi.fn<Remind>()
    await open({ remind })
    await row('Noor Haddad')
    await userEvent.click(screen.getAllByLabelText('Choose all that are listed')[0]!)
    await userEvent.click(screen.getByRole('button', { name: 'Remind 2 people' }))
    expect(remind).toHaveBeenLastCalledWith([noor, signers[1]!.email])
    await act('Noor Haddad', 'Remind')
    expect(remind).toHaveBeenLastCalledWith([noor])
  })
})

describe('the deadline of a document', () => {
  const change = async (handlers: Record<string, Handler> = {}) => {
    const view = await open({ handlers: { [`PUT ${at}/deadline`]: () => json(aStatus), ...handlers } })
    await userEvent.click(await screen.findByRole('button', { name: 'Change the deadline' }))
    return { ...view, dialog: await screen.findByRole('dialog') }
  }

  it('holds the whole day, and changing it needs a reason', async () => {
    const { dialog, changes } = await change()
    expect(await violations(dialog)).toEqual([])
    const day = within(dialog).getByLabelText(/^Last day/)
    await userEvent.clear(day)
    await userEvent.type(day, '2099-01-31')
    await press(dialog, 'Save')
    expect(await within(dialog).findByText('Please fill this in.')).toBeTruthy()
    await userEvent.type(within(dialog).getByLabelText(/^Reason/), 'The audit was moved')
    await press(dialog, 'Save')
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(changes()[0]?.body).toEqual({
      dueAt: '2099-01-31T22:59:59.000Z',
      reason: 'The audit was moved',
    })
  })

  it('can be taken away, and what the server refuses is said at the field', async () => {
    const errors = [{ field: 'dueAt', code: 'deadline.past', detail: 'past' }]
    const answers = [problem(422, 'deadline.past', { errors }), json(aStatus)]
    const { dialog, changes } = await change({ [`PUT ${at}/deadline`]: () => answers.shift()! })
    await userEvent.clear(within(dialog).getByLabelText(/^Last day/))
    await userEvent.type(within(dialog).getByLabelText(/^Reason/), 'None needed')
    await press(dialog, 'Save')
    expect(await within(dialog).findByText('Choose a deadline in the future.')).toBeTruthy()
    await press(dialog, 'Save')
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(changes()[1]?.body).toEqual({ reason: 'None needed' })
  })
})

describe('a group that is asked as a whole', () => {
  it('can be removed, with or without those who have not acknowledged', async () => {
    const group = {
      id: '0c2c2a5e-0000-4000-8000-000000000001',
      name: 'Warehouse',
      members: 14,
      joinerDays: 14,
      addedAt: '2026-11-03T08:00:00.000000Z',
    }
    const { sent } = await open({
      handlers: {
        [`GET ${at}/groups`]: () => json({ items: [group] }),
        [`DELETE ${at}/groups/${group.id}`]: () => new Response(null, { status: 204 }),
      },
    })
    expect(await screen.findByText(/14 days for whoever joins/)).toBeTruthy()
    await userEvent.click(screen.getByRole('button', { name: 'Remove Warehouse' }))
    const dialog = await screen.findByRole('dialog')
    await userEvent.click(within(dialog).getByLabelText(/^Withdraw those/))
    await press(dialog, 'Remove')
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    const removal = sent.find(({ method }) => method === 'DELETE')
    expect(removal?.query.get('withdraw')).toBe('true')
  })
})
