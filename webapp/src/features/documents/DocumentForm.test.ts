import userEvent from '@testing-library/user-event'
import { fireEvent, screen, waitFor } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { mount, violations } from '@/test/mount'
import { anAuthor } from '@/test/documents'
import { aDocument, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'
import { takeUploads } from '@/test/uploads'
import DocumentForm from './DocumentForm.vue'

const address = 'https://docs.example.com/handbook'
const found = {
  reference: address,
  url: address,
  title: 'The handbook',
  service: { id: 'google-docs', name: 'Google Docs' },
  content: { kind: 'pdf', mediaType: 'application/pdf', size: 2_300_000, fileName: 'handbook.pdf' },
  checksum: aDocument.checksum,
  checksumAlgorithm: 'SHA-256',
  reader: { mode: 'integrated', download: true, fullRead: false, checksumRequired: false },
}
const made = { ...aDocument, docId: 'handbook', canManage: true, canEdit: true }
const open = async (handlers: Record<string, Handler> = {}) => {
  const sent = serve({
    'POST /documents/preview': () => json(found),
    'POST /documents': () => json(made, 201),
    ...handlers,
  })
  const uploads = takeUploads()
  const view = await mount(DocumentForm, { path: '/documents', user: anAuthor })
  return { ...view, sent, uploads }
}
const title = () => screen.getByLabelText(/^Title/) as HTMLInputElement
const submit = () => userEvent.click(screen.getByRole('button', { name: 'Create document' }))
const last = (sent: { body: unknown }[]) => sent.at(-1)?.body as Record<string, unknown>
async function paste(text: string) {
  await userEvent.click(screen.getByLabelText('Web address'))
  await userEvent.paste(text)
}
const chooseFile = async (name = 'Travel_rules 2026.pdf') => {
  await userEvent.click(screen.getByLabelText('File'))
  await userEvent.upload(screen.getByLabelText('Choose a file'), new File(['%PDF'], name))
}

describe('a new document at an address', () => {
  it('says what is there, fills the title in, and creates it', async () => {
    const { container, sent, router } = await open()
    await paste(address)
    await waitFor(() => expect(title().value).toBe('The handbook'))
    expect(screen.getByText('Google Docs')).toBeTruthy()
    expect(screen.getByText(/PDF · 2\.3 MB/)).toBeTruthy()
    expect(await violations(container)).toEqual([])
    await userEvent.tab()
    await submit()
    await waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/documents/handbook'))
    expect(sent.filter(({ path }) => path === '/documents/preview')).toHaveLength(1)
    expect(last(sent)).toEqual({ reference: address, title: 'The handbook' })
  })

  it('never overwrites what the author has typed', async () => {
    await open()
    await userEvent.type(title(), 'Mine')
    await paste(address)
    expect(await screen.findByText('Google Docs')).toBeTruthy()
    expect(title().value).toBe('Mine')
  })

  it('takes its suggestion back when another address is typed', async () => {
    await open()
    await paste(address)
    await waitFor(() => expect(title().value).toBe('The handbook'))
    await userEvent.type(screen.getByLabelText('Web address'), '/2')
    await waitFor(() => expect(title().value).toBe(''))
  })

  it('can be created before it is known what is there', async () => {
    const { sent, router } = await open({ 'POST /documents/preview': () => new Promise(() => {}) })
    await paste(address)
    expect(await screen.findByText('Looking at what is there…')).toBeTruthy()
    await submit()
    await waitFor(() => expect(router.currentRoute.value.name).toBe('manage-document'))
    expect(last(sent)).toEqual({ reference: address })
  })

  it('says calmly what hinders looking, and leads to what exists already', async () => {
    const hindered = { ...found, title: '', content: undefined, docId: 'handbook' }
    const unreachable = { code: 'url.unreachable', detail: 'There is no answer.' }
    await open({ 'POST /documents/preview': () => json({ ...hindered, problem: unreachable }) })
    await paste(address)
    expect(await screen.findByText(/no answer at this address\. The document can be created/)).toBeTruthy()
    expect(screen.getByRole('link', { name: 'Open it' }).getAttribute('href')).toBe('/d/handbook')
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('needs a whole address', async () => {
    const { sent } = await open()
    await userEvent.type(screen.getByLabelText('Web address'), 'handbook')
    await submit()
    expect(await screen.findByText(/Enter a whole web address/)).toBeTruthy()
    expect(sent).toEqual([])
  })
})

describe('how a new document is read', () => {
  it('offers nothing that contradicts itself, and says why', async () => {
    const { sent } = await open()
    await paste(address)
    await screen.findByText('Google Docs')
    await userEvent.click(screen.getByText('How it is read'))
    const fullRead = screen.getByLabelText(/^It must be read to the end/) as HTMLInputElement
    await userEvent.click(fullRead)
    await userEvent.click(screen.getByLabelText(/^Where it is/))
    expect(fullRead.checked).toBe(false)
    expect(fullRead.disabled).toBe(true)
    expect(screen.getByText('Only known of what is read in the page.')).toBeTruthy()
    await submit()
    await waitFor(() => expect(last(sent).reader).toEqual({ mode: 'external', fullRead: false }))
  })

  it('does not show a bare reference in the page, nor ask for a checksum that it does not have', async () => {
    await open()
    await userEvent.click(screen.getByLabelText('Reference'))
    const inThePage = screen.getByLabelText(/^In the page/) as HTMLInputElement
    const checksum = screen.getByLabelText(/^Acknowledging needs the checksum/) as HTMLInputElement
    expect([inThePage.disabled, checksum.disabled]).toEqual([true, true])
    await userEvent.type(screen.getByLabelText(/^Checksum/), 'ab')
    expect(checksum.disabled).toBe(false)
    await userEvent.type(screen.getByLabelText('Address or reference'), 'handbook')
    await submit()
    expect(await screen.findByText(/A checksum is written in hexadecimal/)).toBeTruthy()
  })

  it('leaves a file that is only downloaded its download', async () => {
    await open()
    await chooseFile('rules.docx')
    const download = screen.getByLabelText(/^Readers may download the file/) as HTMLInputElement
    expect([download.checked, download.disabled]).toEqual([true, true])
    expect((screen.getByLabelText(/^In the page/) as HTMLInputElement).disabled).toBe(true)
  })
})

describe('a new document from a file', () => {
  it('shows how far it is, and leaves the title to the server while nobody types one', async () => {
    const { container, uploads, router } = await open()
    await chooseFile()
    expect(title().value).toBe('')
    await submit()
    await waitFor(() => expect(uploads).toHaveLength(1))
    expect(uploads[0]?.path).toBe('/documents/upload')
    expect(uploads[0]?.form.get('title')).toBeNull()
    uploads[0]?.progress(40, 100)
    const bar = await screen.findByRole('progressbar')
    await waitFor(() => expect(bar.getAttribute('aria-valuenow')).toBe('40'))
    expect(await violations(container)).toEqual([])
    uploads[0]?.progress(100, 100)
    expect(await screen.findByText('The server is looking into the file…')).toBeTruthy()
    await uploads[0]?.answer(json(made, 201))
    await waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/documents/handbook'))
  })

  it('can be stopped, and keeps everything for another try', async () => {
    const { uploads } = await open()
    await chooseFile()
    await submit()
    await userEvent.click(await screen.findByRole('button', { name: 'Stop' }))
    await waitFor(() => expect(screen.queryByRole('progressbar')).toBeNull())
    expect(uploads[0]?.aborted).toBe(true)
    expect(screen.queryByRole('alert')).toBeNull()
    expect(screen.getByText('Travel_rules 2026.pdf')).toBeTruthy()
  })

  it('says why the server refuses it', async () => {
    const { uploads } = await open()
    await chooseFile()
    await submit()
    await waitFor(() => expect(uploads).toHaveLength(1))
    const errors = [{ field: 'file', code: 'file.type_mismatch', detail: '' }]
    await uploads[0]?.refuse(422, 'request.invalid', { errors })
    expect(await screen.findByText('The content of this file is not what its name says.')).toBeTruthy()
  })

  it('is taken when it is dropped anywhere', async () => {
    await open()
    const file = new File(['x'], 'dropped.md')
    await fireEvent(
      document,
      Object.assign(new Event('drop', { cancelable: true }), {
        dataTransfer: { types: ['Files'], files: [file] },
      }),
    )
    expect(await screen.findByText('dropped.md')).toBeTruthy()
    await userEvent.click(screen.getByRole('button', { name: 'Remove the file' }))
    await submit()
    expect(await screen.findByText('Choose a file, or drop one here.')).toBeTruthy()
  })
})

it('says what hinders creating at all', async () => {
  await open({ 'POST /documents': () => problem(403, 'document.create_forbidden') })
  await userEvent.click(screen.getByLabelText('Reference'))
  await userEvent.type(screen.getByLabelText('Address or reference'), 'handbook')
  await submit()
  expect((await screen.findByRole('alert')).textContent).toContain('You may not create documents')
})
