import userEvent from '@testing-library/user-event'
import { screen, waitFor } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { existed } from '@/features/documents/existed'
import DocumentPage from '@/pages/DocumentPage.vue'
import { mount, violations } from '@/test/mount'
import { aDocument, aSignature, aUser, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'

const open = (handlers: Record<string, Handler>) => {
  const sent = serve({ 'GET /documents/policy-2026': () => json(aDocument), ...handlers })
  const view = mount(DocumentPage, { props: { docId: 'policy-2026' }, path: '/d/policy-2026', user: aUser })
  return { sent, view }
}
const button = () => screen.findByRole('button', { name: 'Acknowledge reading' })

describe('the signing page', () => {
  it('shows the server’s sentence, who signs, and where the document is', async () => {
    const { view } = open({})
    expect(await screen.findByText(aDocument.statement!.text)).toBeTruthy()
    expect(screen.getByRole('heading', { level: 1 }).textContent).toContain(aDocument.title)
    expect(screen.getAllByText(/sam\.okafor@acme\.example/).length).toBeGreaterThan(0)
    const link = screen.getByRole('link', { name: /Open the document/ })
    expect(link.getAttribute('href')).toBe(aDocument.url)
    expect(link.getAttribute('rel')).toBe('noopener')
    expect(await violations((await view).container)).toEqual([])
  })

  it('sends one acknowledgement for a double click, and says nothing before the answer', async () => {
    let answer: (response: Response) => void = () => {}
    const { sent } = open({ 'POST /signatures': () => new Promise((resolve) => (answer = resolve)) })
    await userEvent.dblClick(await button())
    await waitFor(() => expect(sent.filter((s) => s.method === 'POST')).toHaveLength(1))
    const busy = screen.getByRole('button', { name: 'Recording…' })
    expect(busy.getAttribute('aria-disabled')).toBe('true')
    await userEvent.click(busy)
    expect(screen.queryByText('You have acknowledged')).toBeNull()
    answer(json(aSignature, 201))
    await screen.findByText('You have acknowledged')
    expect(sent.filter((s) => s.method === 'POST').map((s) => s.body)).toEqual([
      { docId: 'policy-2026', revision: 3, statementLocale: 'en' },
    ])
  })

  it('shows what was signed, gives the receipt, and moves the focus to the news', async () => {
    const { view } = open({ 'POST /signatures': () => json(aSignature, 201) })
    await userEvent.click(await button())
    const heading = await screen.findByRole('heading', { level: 1, name: /You have acknowledged/ })
    expect(document.activeElement).toBe(heading)
    expect(screen.getByText('entry 1284 of the ledger')).toBeTruthy()
    expect(screen.getByText('2026-11-21 09:42:07.123456 UTC')).toBeTruthy()
    const receipt = screen.getByRole('link', { name: 'Download receipt' })
    expect(receipt.getAttribute('href')).toBe('/api/v1/signatures/12/receipt')
    expect(receipt.hasAttribute('download')).toBe(true)
    const certificate = screen.getByRole('link', { name: 'Download certificate' })
    const address = new URL(certificate.getAttribute('href') ?? '', 'https://ackify.acme.example')
    expect(address.pathname).toBe('/api/v1/signatures/12/certificate')
    expect(address.searchParams.get('locale')).toBe('en')
    expect(address.searchParams.get('timeZone')).toBe(new Intl.DateTimeFormat().resolvedOptions().timeZone)
    expect(certificate.hasAttribute('download')).toBe(true)
    expect(await violations((await view).container)).toEqual([])
  })

  it.each(['signature.revision_outdated', 'signature.document_changed'])(
    'offers the new version instead of signing on %s',
    async (code) => {
      let revision = 3
      const { sent } = open({
        'GET /documents/policy-2026': () => json({ ...aDocument, revision }),
        'POST /signatures': () => problem(409, code),
      })
      await userEvent.click(await button())
      expect((await screen.findByRole('alert')).textContent).toContain('Nothing was signed')
      expect(screen.queryByRole('button', { name: 'Acknowledge reading' })).toBeNull()
      revision = 4
      await userEvent.click(screen.getByRole('button', { name: 'Load the new version' }))
      await screen.findByText('Revision 4')
      expect(await button()).toBeTruthy()
      expect(sent.filter((s) => s.method === 'POST')).toHaveLength(1)
    },
  )

  it('keeps the button and gives the reason when the server cannot sign', async () => {
    open({ 'POST /signatures': () => problem(503, 'clock.suspect') })
    await userEvent.click(await button())
    expect((await screen.findByRole('alert')).textContent).toContain('does not trust its clock')
    expect(await button()).toBeTruthy()
  })

  it('opens as done when it was signed before, without taking the focus', async () => {
    open({ 'GET /documents/policy-2026': () => json({ ...aDocument, mySignature: aSignature }) })
    const heading = await screen.findByRole('heading', { name: /You have acknowledged/ })
    expect(document.activeElement).not.toBe(heading)
    await userEvent.click(screen.getByRole('button', { name: 'See the document' }))
    expect(await screen.findByText('You have acknowledged this document')).toBeTruthy()
    expect(screen.getByRole('link', { name: /Open the document/ })).toBeTruthy()
  })

  it('asks again when the document has changed since it was signed', async () => {
    open({
      'GET /documents/policy-2026': () =>
        json({ ...aDocument, revision: 4, materialRevision: 4, myEarlierSignature: aSignature }),
    })
    expect(await button()).toBeTruthy()
    expect(screen.getByText(/You acknowledged revision 3 on/)).toBeTruthy()
  })

  it('stays done when only the wording has changed, and says so', async () => {
    open({ 'GET /documents/policy-2026': () => json({ ...aDocument, revision: 4, mySignature: aSignature }) })
    expect(await screen.findByRole('heading', { name: /You have acknowledged/ })).toBeTruthy()
    expect(screen.getByText('Revision 3')).toBeTruthy()
    expect(screen.getByText(/revision 4 is there now/)).toBeTruthy()
  })

  it('keeps the revision that was opened, and says when there is another', async () => {
    let revision = 3
    open({ 'GET /documents/policy-2026': () => json({ ...aDocument, revision }) })
    await button()
    revision = 4
    window.dispatchEvent(new Event('focus'))
    expect((await screen.findByText(/has changed since you opened it/)).closest('[role=status]')).toBeTruthy()
    expect(screen.getByText('Revision 3')).toBeTruthy()
    await userEvent.click(screen.getByRole('button', { name: 'Load the new version' }))
    expect(await screen.findByText('Revision 4')).toBeTruthy()
    expect(screen.queryByText(/has changed since you opened it/)).toBeNull()
  })

  it('fetches the sentence in another language and signs that one', async () => {
    const german = { locale: 'de', text: 'Ich habe dieses Dokument gelesen und verstanden.' } as const
    const { sent, view } = open({
      'GET /documents/policy-2026': ({ query }) =>
        json(query.get('statementLocale') === 'de' ? { ...aDocument, statement: german } : aDocument),
      'POST /signatures': () => json(aSignature, 201),
    })
    await button()
    await userEvent.selectOptions(screen.getByLabelText('Language of the sentence'), 'de')
    expect((await screen.findByText(german.text)).getAttribute('lang')).toBe('de')
    // As after a login in between: the choice is kept until it is signed.
    ;(await view).unmount()
    mount(DocumentPage, { props: { docId: 'policy-2026' }, path: '/d/policy-2026', user: aUser })
    await screen.findByText(german.text)
    await userEvent.click(await button())
    await screen.findByText('You have acknowledged')
    expect(
      sent.at(-1)?.method === 'POST' ? sent.at(-1)?.body : sent.find((s) => s.method === 'POST')?.body,
    ).toEqual({
      docId: 'policy-2026',
      revision: 3,
      statementLocale: 'de',
    })
  })

  it('says an address that is the title only once', async () => {
    open({ 'GET /documents/policy-2026': () => json({ ...aDocument, title: aDocument.url }) })
    await button()
    expect(screen.getAllByText(aDocument.url)).toHaveLength(1)
  })

  it('says that the document existed already, until that is put away', async () => {
    existed.value = aDocument.docId
    open({})
    const note = await screen.findByText(/It existed already as “Information security policy 2026”/)
    await userEvent.click(screen.getByRole('button', { name: 'Close' }))
    expect(note.isConnected).toBe(false)
  })

  it('names the cause when there is no such document', async () => {
    open({ 'GET /documents/policy-2026': () => problem(404, 'document.not_found') })
    expect((await screen.findByRole('alert')).textContent).toContain('There is no such document')
    expect(screen.getByRole('link', { name: 'Go to the start page' })).toBeTruthy()
  })

  it('leads those who manage the document to where they do', async () => {
    open({ 'GET /documents/policy-2026': () => json({ ...aDocument, canManage: true, signatureCount: 1 }) })
    const link = await screen.findByRole('link', { name: 'Manage' })
    expect(link.getAttribute('href')).toBe('/documents/policy-2026')
  })

  it('gives a file that no browser can show to be downloaded', async () => {
    const content = { kind: 'other', mediaType: 'application/zip', size: 2, fileName: 'policy.zip' } as const
    open({ 'GET /documents/policy-2026': () => json({ ...aDocument, url: '', content }) })
    expect(await screen.findByText('policy.zip')).toBeTruthy()
    const link = screen.getByRole('link', { name: 'Download' })
    expect(link.getAttribute('href')).toContain(
      '/api/v1/documents/policy-2026/content?revision=3&download=true',
    )
  })

  it('opens the check of a file', async () => {
    open({})
    await button()
    await userEvent.click(screen.getByRole('button', { name: 'Check a file' }))
    expect(await screen.findByRole('dialog', { name: 'Check a file' })).toBeTruthy()
  })
})
