import userEvent from '@testing-library/user-event'
import { screen, waitFor, within } from '@testing-library/vue'
import { defineComponent, h, ref } from 'vue'
import { describe, expect, it } from 'vitest'
import type { SignersImport, User } from '@/services/types'
import { useToasts } from '@/composables/toasts'
import { aManaged, anAuthor } from '@/test/documents'
import { mount, violations } from '@/test/mount'
import { aUser, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'
import { aStatus, anImport } from '@/test/signers'
import { takeUploads } from '@/test/uploads'
import AskDialog from './AskDialog.vue'

const at = '/documents/policy-2026'

async function open(handlers: Record<string, Handler> = {}, user: User = anAuthor) {
  const sent = serve(handlers)
  const uploads = takeUploads()
  const shown = ref(true)
  const page = defineComponent(() => () => {
    const props = {
      document: aManaged,
      open: shown.value,
      'onUpdate:open': (to: boolean) => (shown.value = to),
    }
    return [h('button', { onClick: () => (shown.value = true) }, 'again'), h(AskDialog, props)]
  })
  const { router } = await mount(page, { path: at, user })
  const dialog = await screen.findByRole('dialog')
  /** The server's answer to the newest file */
  const answer = async (outcome: SignersImport) => uploads.at(-1)!.answer(json(outcome))
  const posted = async () => {
    const { path, query, form } = uploads.at(-1)!
    const file = form.get('file') as File
    return {
      path,
      dryRun: query.get('dryRun'),
      dueAt: form.get('dueAt'),
      name: file.name,
      text: await file.text(),
    }
  }
  return { sent, uploads, dialog, answer, posted, shown, router }
}
const press = (name: string | RegExp) => userEvent.click(screen.getByRole('button', { name }))
const type = async (text: string) => {
  const field = screen.getByLabelText(/^People/)
  await userEvent.clear(field)
  await userEvent.type(field, text)
}
const choose = (name: string) => userEvent.click(screen.getByLabelText(name))
const csv = (text = 'a@acme.example') => new File([text], 'people.csv', { type: 'text/csv' })

describe('asking people by a list', () => {
  it('sends it as a file to be looked at, and then once more', async () => {
    const { dialog, uploads, answer, posted, shown } = await open()
    expect(await violations(dialog)).toEqual([])
    await press('Look at it first')
    expect(await screen.findByText('Please fill this in.')).toBeTruthy()
    expect(uploads).toEqual([])
    await type('Noor Haddad, noor.haddad@acme.example')
    await userEvent.type(screen.getByLabelText(/^Own deadline/), '2099-12-31')
    await press('Look at it first')
    await waitFor(() => expect(uploads).toHaveLength(1))
    const dueAt = '2099-12-31T22:59:59.000Z'
    const list = {
      path: `${at}/signers/import`,
      dueAt,
      name: 'list.txt',
      text: 'Noor Haddad, noor.haddad@acme.example',
    }
    expect(await posted()).toEqual({ ...list, dryRun: 'true' })
    await answer(anImport('added', 'existing', 'duplicate'))
    expect(await screen.findByText('1 person will be asked')).toBeTruthy()
    expect(screen.getByText('2 rows without a new person')).toBeTruthy()
    expect(screen.getByText('further up already')).toBeTruthy()
    expect(await violations(dialog)).toEqual([])
    await press('Ask 1 person')
    await waitFor(() => expect(uploads).toHaveLength(2))
    expect(await posted()).toEqual({ ...list, dryRun: 'false' })
    await answer(anImport('added'))
    await waitFor(() => expect(shown.value).toBe(false))
    expect(useToasts().toasts.value.at(-1)?.text).toBe('1 person is asked')
  })

  it('says of each wrong row what is wrong, and asks nobody until it was corrected', async () => {
    const { uploads, answer } = await open()
    await type('x')
    await press('Look at it first')
    await waitFor(() => expect(uploads).toHaveLength(1))
    await answer(anImport('added', 'rejected', 'added'))
    expect(await screen.findByText('1 row with an error')).toBeTruthy()
    const [, , wrong] = screen.getAllByRole('row')
    expect(within(wrong!).getByText('3')).toBeTruthy()
    expect(within(wrong!).getByText(/Enter an email address/)).toBeTruthy()
    expect(screen.getByText(/Go back, correct the rows/)).toBeTruthy()
    const action = screen.getByRole<HTMLButtonElement>('button', { name: 'Ask 2 people' })
    expect(action.disabled).toBe(true)
    await choose('Only those with errors')
    expect(screen.getAllByRole('row')).toHaveLength(2)
    await press('Back to the list')
    expect(screen.getByLabelText<HTMLTextAreaElement>(/^People/).value).toBe('x')
  })

  it('says that there is nothing to do when everybody is asked already', async () => {
    const { uploads, answer } = await open()
    await type('x')
    await press('Look at it first')
    await waitFor(() => expect(uploads).toHaveLength(1))
    await answer(anImport('existing'))
    expect(await screen.findByText(/Everybody here is asked already/)).toBeTruthy()
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Ask nobody' }).disabled).toBe(true)
  })

  it('shows the rows as they are now when something was wrong by the time they were sent', async () => {
    const { uploads, answer } = await open()
    await type('x')
    await press('Look at it first')
    await waitFor(() => expect(uploads).toHaveLength(1))
    await answer(anImport('added', 'added'))
    await userEvent.click(await screen.findByRole('button', { name: 'Ask 2 people' }))
    await waitFor(() => expect(uploads).toHaveLength(2))
    const errors = [{ field: 'rows[3].email', code: 'email.invalid', detail: 'no' }]
    await uploads[1]!.refuse(422, 'import.rejected', { errors })
    await waitFor(() => expect(uploads).toHaveLength(3))
    expect(uploads[2]!.query.get('dryRun')).toBe('true')
    await answer(anImport('added', 'rejected'))
    expect(await screen.findByText('1 row with an error')).toBeTruthy()
    expect(screen.getByText(/Rows of this file are wrong/)).toBeTruthy()
  })
})

describe('what somebody should know before', () => {
  it('is where to type', async () => {
    await open()
    await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText(/^People/)))
  })

  it('is that the deadline has passed, unless there is another', async () => {
    await open({ [`GET ${at}/status`]: () => json({ ...aStatus, dueAt: '2020-01-01T22:59:59.000000Z' }) })
    expect(await screen.findByText(/overdue at once/)).toBeTruthy()
    await userEvent.type(screen.getByLabelText(/^Own deadline/), '2099-12-31')
    await waitFor(() => expect(screen.queryByText(/overdue at once/)).toBeNull())
  })

  it('is what was taken for what, with the notes', async () => {
    const { uploads, answer } = await open()
    await type('x')
    await press('Look at it first')
    await waitFor(() => expect(uploads).toHaveLength(1))
    const outcome = anImport('added')
    await answer({
      ...outcome,
      rows: outcome.rows.map((row) => ({ ...row, notes: 'Night shift' })),
      columns: [
        { number: 1, title: 'E-Mail', holds: 'email' },
        { number: 3, holds: 'notes' },
      ],
    })
    expect(await screen.findByText('Columns in use: E-Mail → address · column 3 → notes')).toBeTruthy()
    expect(screen.getByText('Night shift')).toBeTruthy()
  })

  it('is that leaving the page loses it', async () => {
    const { router, shown } = await open()
    await router.push('/signatures')
    expect(router.currentRoute.value.path).toBe('/signatures')
    await type('noor.haddad@acme.example')
    await router.push('/account')
    expect(router.currentRoute.value.path).toBe('/signatures')
    const question = await screen.findByRole('alertdialog', { name: 'Close without asking anybody?' })
    expect(shown.value).toBe(true)
    await userEvent.click(within(question).getByRole('button', { name: 'Close' }))
    await waitFor(() => expect(router.currentRoute.value.path).toBe('/account'))
  })
})

describe('asking people by a file', () => {
  const file = async () => {
    const view = await open()
    await choose('CSV file')
    return view
  }

  it('looks at it at once, and draws no more rows than anybody reads', async () => {
    const { uploads, answer, posted } = await file()
    await userEvent.upload(screen.getByLabelText('Choose a file'), csv('a;b'))
    await waitFor(() => expect(uploads).toHaveLength(1))
    expect(await posted()).toMatchObject({ dryRun: 'true', dueAt: null, name: 'people.csv', text: 'a;b' })
    await answer(anImport(...Array.from({ length: 10_000 }, () => 'added' as const)))
    expect(await screen.findByText('10,000 people will be asked')).toBeTruthy()
    expect(screen.getAllByRole('row')).toHaveLength(201)
    expect(screen.getByText(/And 9,800 more rows/)).toBeTruthy()
  })

  it.each([
    ['import.not_text', /not a text file/],
    ['import.no_email_column', /No column of this file/],
    ['import.empty', /There is nobody in this file/],
    ['import.too_many_rows', /at most 10,000 rows/],
  ])('says what is wrong with it: %s', async (code, words) => {
    const { uploads } = await file()
    await userEvent.upload(screen.getByLabelText('Choose a file'), csv())
    await waitFor(() => expect(uploads).toHaveLength(1))
    await uploads[0]!.refuse(422, code, { errors: [{ field: 'file', code, detail: code }] })
    expect(await screen.findByText(words)).toBeTruthy()
    expect(screen.queryByRole('table')).toBeNull()
  })

  it('can be stopped while it is sent, and says when it was lost on the way', async () => {
    const { uploads } = await file()
    await userEvent.upload(screen.getByLabelText('Choose a file'), csv())
    await waitFor(() => expect(uploads).toHaveLength(1))
    await press('Stop')
    await waitFor(() => expect(uploads[0]!.aborted).toBe(true))
    await press('Look at it first')
    await waitFor(() => expect(uploads).toHaveLength(2))
    uploads[1]!.breakOff()
    expect(await screen.findByText(/The server cannot be reached/)).toBeTruthy()
  })
})

describe('closing the dialog', () => {
  it('asks before anything is lost, and keeps it unless told otherwise', async () => {
    const { uploads, answer, shown } = await open()
    await type('x')
    await press('Look at it first')
    await waitFor(() => expect(uploads).toHaveLength(1))
    await answer(anImport('added'))
    await screen.findByRole('table')
    await userEvent.keyboard('{Escape}')
    const question = await screen.findByRole('alertdialog')
    expect(shown.value).toBe(true)
    await userEvent.click(within(question).getByRole('button', { name: 'Cancel' }))
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull())
    expect(screen.getByRole('table')).toBeTruthy()
    await userEvent.keyboard('{Escape}')
    const again = await screen.findByRole('alertdialog')
    await userEvent.click(within(again).getByRole('button', { name: 'Close' }))
    await waitFor(() => expect(shown.value).toBe(false))
    await userEvent.click(screen.getByText('again'))
    expect((await screen.findByLabelText<HTMLTextAreaElement>(/^People/)).value).toBe('')
  })

  it('asks nothing when nothing was typed', async () => {
    const { shown } = await open()
    await press('Cancel')
    await waitFor(() => expect(shown.value).toBe(false))
  })
})

describe('asking one person', () => {
  it('sends all that is known of them at once', async () => {
    const { dialog, sent, shown } = await open({
      [`POST ${at}/signers`]: () => json({ added: 1, existing: 0 }),
    })
    await choose('One person')
    expect(await violations(dialog)).toEqual([])
    await press('Ask this person')
    expect(await screen.findByText('Please fill this in.')).toBeTruthy()
    await userEvent.type(screen.getByLabelText('Email'), 'noor.haddad@acme.example')
    await userEvent.type(screen.getByLabelText(/^Name/), 'Noor Haddad')
    await userEvent.type(screen.getByLabelText(/^Notes/), 'Back in May')
    await userEvent.type(screen.getByLabelText(/^Own deadline/), '2099-12-31')
    await press('Ask this person')
    await waitFor(() => expect(shown.value).toBe(false))
    expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({
      signers: [
        {
          email: 'noor.haddad@acme.example',
          name: 'Noor Haddad',
          notes: 'Back in May',
          dueAt: '2099-12-31T22:59:59.000Z',
        },
      ],
    })
    expect(useToasts().toasts.value.at(-1)?.text).toBe('1 person is asked')
  })

  it('says at its field what is wrong, and loses nothing without asking', async () => {
    const { shown } = await open({
      [`POST ${at}/signers`]: () =>
        problem(422, 'request.invalid', {
          errors: [{ field: 'signers[0].email', code: 'email.invalid', detail: '' }],
        }),
    })
    await choose('One person')
    const email = screen.getByLabelText('Email')
    await userEvent.type(email, 'noor')
    await press('Ask this person')
    await waitFor(() => expect(email.getAttribute('aria-invalid')).toBe('true'))
    await press('Cancel')
    expect(await screen.findByRole('alertdialog')).toBeTruthy()
    expect(shown.value).toBe(true)
  })
})

describe('asking a group', () => {
  const groups = [
    {
      id: '0c2c2a5e-0000-4000-8000-000000000001',
      name: 'Warehouse',
      members: 14,
      createdAt: '2026-01-01T00:00:00Z',
    },
    {
      id: '0c2c2a5e-0000-4000-8000-000000000002',
      name: 'Sales',
      members: 1,
      createdAt: '2026-01-01T00:00:00Z',
    },
  ]
  const handlers = {
    'GET /groups': () => json({ items: groups }),
    [`GET ${at}/groups`]: () => json({ items: [{ ...groups[1], addedAt: groups[1]!.createdAt }] }),
    [`POST ${at}/groups`]: () => json({ added: 12, existing: 2 }),
  }
  const group = async (more: Record<string, Handler> = {}) => {
    const view = await open({ ...handlers, ...more })
    await choose('Group')
    await screen.findByLabelText(/^Warehouse/)
    return view
  }

  it('asks everybody in it, with days for those who join later', async () => {
    const { dialog, sent, shown } = await group()
    expect(screen.getByLabelText<HTMLInputElement>(/^Sales/).disabled).toBe(true)
    expect(await violations(dialog)).toEqual([])
    await press('Ask this group')
    expect(await screen.findByText('Please fill this in.')).toBeTruthy()
    await userEvent.click(screen.getByLabelText(/^Warehouse/))
    await userEvent.type(screen.getByLabelText(/^Days for/), '0')
    await press('Ask this group')
    expect(await screen.findByText('Please check this value.')).toBeTruthy()
    await userEvent.clear(screen.getByLabelText(/^Days for/))
    await userEvent.type(screen.getByLabelText(/^Days for/), '14')
    await press('Ask this group')
    await waitFor(() => expect(shown.value).toBe(false))
    expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({
      groupId: groups[0]!.id,
      joinerDays: 14,
    })
    expect(useToasts().toasts.value.at(-1)?.text).toBe('12 people are asked')
  })

  it('is searched for by the server, and says what went wrong', async () => {
    const { sent } = await group({ [`POST ${at}/groups`]: () => problem(409, 'group.added') })
    await userEvent.click(screen.getByLabelText(/^Warehouse/))
    await press('Ask this group')
    expect(await screen.findByText(/was added to the document already/)).toBeTruthy()
    await userEvent.type(screen.getByRole('searchbox'), 'ware')
    await waitFor(() => expect(sent.at(-1)?.query.get('q')).toBe('ware'))
  })

  it('is not offered to who may not see groups', async () => {
    await open({}, { ...aUser, canCreateDocuments: true })
    expect(screen.queryByLabelText('Group')).toBeNull()
  })
})
