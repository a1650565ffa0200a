import userEvent from '@testing-library/user-event'
import { screen, waitFor, within } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import type { Document, User } from '@/services/types'
import { mount, violations } from '@/test/mount'
import { aManaged, anAuthor, aRevision, aVerification } from '@/test/documents'
import { aSignature, aUser, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'
import { noStatus } from '@/test/signers'
import { takeUploads } from '@/test/uploads'
import ManageDocumentPage from './ManageDocumentPage.vue'

const at = '/documents/policy-2026'
const open = async (
  options: {
    document?: Partial<Document>
    user?: User
    tab?: string
    handlers?: Record<string, Handler>
  } = {},
) => {
  let document: Document = { ...aManaged, ...options.document }
  const change = (more: Partial<Document>) => (document = { ...document, ...more })
  const sent = serve({
    [`GET ${at}`]: () => json(document),
    [`PATCH ${at}`]: ({ body }) => json(change(body as Partial<Document>)),
    [`DELETE ${at}`]: () => {
      change({ deletedAt: '2026-11-22T08:00:00.000000Z' })
      return new Response(null, { status: 204 })
    },
    [`POST ${at}/restore`]: () => {
      document = { ...document }
      delete document.deletedAt
      return json(document)
    },
    [`GET ${at}/status`]: () => json(noStatus),
    [`GET ${at}/signatures`]: () => json({ items: [aSignature, { ...aSignature, id: 11, revision: 2 }] }),
    [`GET ${at}/revisions`]: () =>
      json({ items: [aRevision, { ...aRevision, revision: 2, change: 'editorial', title: 'Policy' }] }),
    [`GET ${at}/checksum-verifications`]: () => json({ items: [aVerification] }),
    ...options.handlers,
  })
  const uploads = takeUploads()
  const path = at + (options.tab ? `?tab=${options.tab}` : '')
  const user = options.user ?? anAuthor
  const view = await mount(ManageDocumentPage, { props: { docId: 'policy-2026' }, path, user })
  await screen.findByRole('heading', { level: 1, name: new RegExp(aManaged.title) })
  const posted = (path = '') => sent.filter((one) => one.method === 'POST' && one.path === at + path)
  return { ...view, sent, posted, uploads, change }
}
const button = (name: string | RegExp) => screen.findByRole('button', { name })

describe('the page of a document', () => {
  it('says who has signed, what it is and how it is read', async () => {
    const { container } = await open()
    expect(await screen.findByText('people')).toBeTruthy()
    expect(screen.getByText('PDF · 2.3 MB')).toBeTruthy()
    expect(screen.getByText('Google Docs')).toBeTruthy()
    expect(await screen.findByText('no longer counts')).toBeTruthy()
    expect(screen.getByRole('link', { name: 'Open for reading' }).getAttribute('href')).toBe('/d/policy-2026')
    expect(await violations(container)).toEqual([])
  })

  it('keeps its part in the address', async () => {
    const { router } = await open()
    await userEvent.click(screen.getByRole('link', { name: 'Integrity' }))
    await waitFor(() => expect(router.currentRoute.value.query.tab).toBe('integrity'))
    expect(await screen.findByText('All comparisons', { selector: 'h2' })).toBeTruthy()
    expect(screen.getByRole('link', { name: 'Integrity' }).getAttribute('aria-current')).toBe('page')
  })

  it('is open to administrators, without buttons to auditors, and to nobody else', async () => {
    const admin = await open({ user: { ...aUser, role: 'admin', canCreateDocuments: true } })
    expect(await button('New revision')).toBeTruthy()
    admin.unmount()
    const auditor = await open({
      document: { canEdit: false },
      user: { ...aUser, role: 'auditor' },
      tab: 'settings',
    })
    expect(await screen.findByText(/Only its author and administrators/)).toBeTruthy()
    for (const name of ['New revision', 'Save', 'Delete this document'])
      expect(screen.queryByRole('button', { name })).toBeNull()
    auditor.unmount()
    await open({ document: { canManage: false, canEdit: false }, user: aUser })
    expect(screen.getByText(/Your role does not allow this/)).toBeTruthy()
    expect(screen.getByRole('link', { name: 'Open for reading' }).getAttribute('href')).toBe('/d/policy-2026')
  })

  it('deletes after saying what that means, and takes it back', async () => {
    const { sent } = await open({ tab: 'settings' })
    await userEvent.click(await button('Delete this document'))
    const dialog = await screen.findByRole('alertdialog')
    expect(dialog.textContent).toContain('The 12 acknowledgements stay proven')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Delete' }))
    expect(await screen.findByText('This document is deleted')).toBeTruthy()
    expect(screen.queryByRole('button', { name: 'New revision' })).toBeNull()
    await userEvent.click(await button('Restore'))
    await waitFor(() => expect(screen.queryByText('This document is deleted')).toBeNull())
    expect(sent.filter(({ method }) => method === 'DELETE')).toHaveLength(1)
  })

  it('changes how it is read, and only what the content can keep', async () => {
    const { sent } = await open({ tab: 'settings', document: { checksum: '' } })
    const checksum = (await screen.findByLabelText(/^Acknowledging needs/)) as HTMLInputElement
    expect(checksum.disabled).toBe(true)
    await userEvent.click(screen.getByLabelText(/^It must be read to the end/))
    const form = screen.getByLabelText(/^It must be read to the end/).closest('form')!
    await userEvent.click(within(form).getByRole('button', { name: 'Save' }))
    await waitFor(() =>
      expect(sent.find(({ method }) => method === 'PATCH')?.body).toEqual({
        reader: { mode: 'integrated', download: true, fullRead: true, checksumRequired: false },
      }),
    )
  })
})

describe('whether a document is still what it was', () => {
  it('is looked at on request, and by itself unless somebody says stop', async () => {
    const { container, posted, sent } = await open({
      tab: 'integrity',
      handlers: { [`POST ${at}/checksum-verifications`]: () => json(aVerification, 201) },
    })
    expect(await screen.findByText('It is exactly what this revision fixed.')).toBeTruthy()
    expect(await screen.findByText('The server')).toBeTruthy()
    expect(await violations(container)).toEqual([])
    await userEvent.click(await button('Check now'))
    await waitFor(() => expect(posted('/checksum-verifications')[0]?.body).toEqual({ source: 'remote' }))
    await userEvent.click(screen.getByLabelText(/^Look again by itself/))
    await waitFor(() =>
      expect(sent.find(({ method }) => method === 'PATCH')?.body).toEqual({ recheck: false }),
    )
  })

  it('is said on top when it has changed, with what can be done', async () => {
    await open({ document: { remote: { state: 'changed', recheck: true } } })
    expect(screen.getByText('Its address shows something else by now')).toBeTruthy()
    expect(await button('Stop looking')).toBeTruthy()
    await userEvent.click(await button('Fix what is there now as a new revision'))
    expect(await screen.findByText('The address stays, and what is there now is fixed.')).toBeTruthy()
  })
})

describe('a new revision', () => {
  const begin = async (options: Parameters<typeof open>[0] = {}) => {
    const view = await open(options)
    await userEvent.click(await button('New revision'))
    await screen.findByRole('dialog')
    return view
  }
  const submit = async () => userEvent.click(await button('Open revision'))

  it('needs to know what follows for those who have signed', async () => {
    const { posted } = await begin({
      handlers: { [`POST ${at}/revisions`]: () => json({ ...aManaged, revision: 4 }, 201) },
    })
    expect(screen.getByText(/The 12 people who have acknowledged are asked again/)).toBeTruthy()
    await submit()
    expect(await screen.findByText('Please choose one of the two.')).toBeTruthy()
    expect(posted('/revisions')).toEqual([])
    await userEvent.click(screen.getByLabelText(/^Only the wording/))
    await submit()
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(posted('/revisions')[0]?.body).toEqual({ change: 'editorial', previousRevision: 3, refresh: true })
  })

  it('comes with a new file', async () => {
    const { uploads } = await begin({ document: { url: '', reference: 'policy-2026' } })
    await userEvent.upload(screen.getByLabelText('Choose a file'), new File(['x'], 'rules.docx'))
    await userEvent.click(screen.getByLabelText(/^Everyone acknowledges again/))
    await submit()
    await waitFor(() => expect(uploads).toHaveLength(1))
    expect(uploads[0]?.path).toBe(`${at}/revisions`)
    expect(Object.fromEntries(uploads[0]!.form)).toMatchObject({ change: 'material', previousRevision: '3' })
    expect(JSON.parse(String(uploads[0]!.form.get('reader'))).mode).toBe('external')
    await uploads[0]!.answer(json({ ...aManaged, revision: 4 }, 201))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  })

  it('says when somebody was faster, and goes on from there', async () => {
    const answers = [problem(409, 'revision.conflict'), problem(422, 'revision.unchanged')]
    const { posted, change } = await begin({ handlers: { [`POST ${at}/revisions`]: () => answers.shift()! } })
    await userEvent.click(screen.getByLabelText(/^Only the wording/))
    await submit()
    change({ revision: 4 })
    await userEvent.click(await button('Load the newest revision'))
    await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
    await submit()
    expect(await screen.findByText(/This is what the document says already/)).toBeTruthy()
    expect(
      posted('/revisions').map(({ body }) => (body as { previousRevision: number }).previousRevision),
    ).toEqual([3, 4])
  })
})

describe('what a revision changed', () => {
  const compare = async (answer: Handler) => {
    const view = await open({ tab: 'revisions', handlers: { [`GET ${at}/revisions/3/difference`]: answer } })
    await userEvent.click(await button(/What changed Revision 3/))
    return { ...view, dialog: await screen.findByRole('dialog') }
  }

  it('is marked with signs, and in words for who does not see them', async () => {
    const long = Array.from({ length: 60 }, (_, line) => `line ${line}`).join('\n')
    const parts = [
      { change: 'same', text: long },
      { change: 'removed', text: 'old' },
      { change: 'added', text: 'new' },
    ]
    const { dialog } = await compare(() => json({ from: 2, to: 3, parts, truncated: true }))
    await within(dialog).findByText('57 lines unchanged')
    expect(dialog.querySelector('div > ins')?.textContent).toBe('Added:new(end)')
    expect(dialog.querySelector('div > del')?.textContent).toBe('Removed:old(end)')
    expect(within(dialog).getByText('There is more than is shown here.')).toBeTruthy()
    expect(await violations(dialog)).toEqual([])
    await userEvent.click(within(dialog).getByLabelText('Hide what stayed the same'))
    expect(within(dialog).queryByText('57 lines unchanged')).toBeNull()
  })

  it('is said not to be comparable when it is no text', async () => {
    const { dialog } = await compare(() => problem(404, 'content.not_text'))
    expect(await within(dialog).findByText('There is no text to compare')).toBeTruthy()
  })
})
