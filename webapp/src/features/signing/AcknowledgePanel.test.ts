import userEvent from '@testing-library/user-event'
import { cleanup, screen } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import type { Displayed } from '@/features/reading/useDisplayed'
import type { Reading } from '@/features/reading/useReading'
import { ApiProblem } from '@/services/problem'
import type { Document } from '@/services/types'
import { mount } from '@/test/mount'
import { aDocument, aSignature, aUser, json, serve } from '@/test/server'
import AcknowledgePanel from './AcknowledgePanel.vue'

const aPdf: Document = {
  ...aDocument,
  content: { kind: 'pdf', mediaType: 'application/pdf', size: 3, fileName: 'policy.pdf' },
  reader: { mode: 'integrated', download: true, fullRead: false, checksumRequired: false },
}
const options = (more: Partial<Document['reader']>, document = aPdf) => ({
  ...document,
  reader: { ...document.reader, ...more },
})
const someRead = {
  pages: 12,
  left: 3,
  complete: false,
  evidence: { pages: 12, pagesSeen: 9, seconds: 70 },
} as Reading
const allRead = {
  pages: 12,
  left: 0,
  complete: true,
  evidence: { pages: 12, pagesSeen: 12, seconds: 99 },
} as Reading
const verified = { state: 'verified', checksum: aPdf.checksum } as Displayed
const checking = { state: 'checking' } as Displayed
const none = { state: 'none' } as Displayed
const unavailable = (code: string) =>
  ({ state: 'unavailable', problem: new ApiProblem({ code, status: 503 }) }) as Displayed

async function panel(document: Document, reading: Reading, displayed: Displayed, user = aUser) {
  const sent = serve({
    'POST /signatures': () => json(aSignature, 201),
    'PATCH /users/me': ({ body }) => json({ ...user, ...(body as object), nameFromEmail: false }),
  })
  const { emitted } = await mount(AcknowledgePanel, {
    props: { document, reading, displayed, user, locale: 'en' },
  })
  const button = screen.queryByRole('button', { name: 'Acknowledge reading' })
  return { sent, emitted, button }
}

describe('the acknowledgement panel', () => {
  it('says what is still to see, and sends what was shown and read', async () => {
    const { sent, button } = await panel(aPdf, someRead, verified)
    expect(screen.getByText('3 pages still to see')).toBeTruthy()
    expect(screen.getByText('pages seen, time with the page open')).toBeTruthy()
    await userEvent.click(button!)
    expect(sent.map(({ body }) => body)).toEqual([
      {
        docId: 'policy-2026',
        revision: 3,
        statementLocale: 'en',
        displayedChecksum: aPdf.checksum,
        reading: someRead.evidence,
      },
    ])
  })

  it.each([
    ['pages are still to see', options({ fullRead: true }), someRead, verified, /3 pages still to see/],
    ['the content is being checked', options({ checksumRequired: true }), allRead, checking, /still being/],
    ['the content is still to come', aPdf, allRead, checking, /still being/],
    [
      'nobody knows which file was read elsewhere',
      options({ checksumRequired: true }, aDocument),
      someRead,
      none,
      /which file you have read/,
    ],
    ['nothing can be shown', aPdf, someRead, unavailable('content.missing'), /cannot be shown/],
  ])('signs nothing while %s, and says why', async (_name, document, reading, displayed, why) => {
    const { sent, button } = await panel(document, reading, displayed)
    expect(button?.getAttribute('aria-disabled')).toBe('true')
    const reason = window.document.getElementById(button?.getAttribute('aria-describedby') ?? '')
    expect(reason?.textContent).toMatch(why)
    await userEvent.click(button!)
    expect(sent).toEqual([])
  })

  it.each([
    ['all is read', options({ fullRead: true, checksumRequired: true }), allRead, verified],
    ['the file can be read by another program', aPdf, someRead, unavailable('content.unreadable')],
  ])('signs when %s', async (_name, document, reading, displayed) => {
    const { sent, button } = await panel(document, reading, displayed)
    expect(button?.hasAttribute('aria-disabled')).toBe(false)
    await userEvent.click(button!)
    expect(sent).toHaveLength(1)
  })

  it('sends no checksum of what could not be shown', async () => {
    const failed = { ...unavailable('content.unreadable'), checksum: aPdf.checksum } as Displayed
    const { sent, button } = await panel(aPdf, someRead, failed)
    await userEvent.click(button!)
    expect(sent.map(({ body }) => body)).toEqual([
      { docId: 'policy-2026', revision: 3, statementLocale: 'en' },
    ])
  })

  it('refuses other content in words, and offers to load it again', async () => {
    const { emitted, button } = await panel(aPdf, allRead, { state: 'different' } as Displayed)
    expect(button).toBeNull()
    expect(screen.getByRole('alert').textContent).toContain('must not be acknowledged')
    await userEvent.click(screen.getByRole('button', { name: 'Load it again' }))
    expect(emitted('reload')).toHaveLength(1)
  })

  it('opens the check where the file that was read has to be shown', async () => {
    const { emitted } = await panel(options({ checksumRequired: true }, aDocument), someRead, none)
    await userEvent.click(screen.getByRole('button', { name: 'Check a file' }))
    expect(emitted('check')).toHaveLength(1)
  })

  it('names the earlier acknowledgement of what has changed since', async () => {
    await panel({ ...aPdf, revision: 4, myEarlierSignature: aSignature }, someRead, verified)
    expect(screen.getByText(/You acknowledged revision 3 on/)).toBeTruthy()
    expect(screen.getByRole('link', { name: 'Your receipt of then' }).getAttribute('href')).toBe(
      '/api/v1/signatures/12/receipt',
    )
  })

  it('says until when whoever is asked has time, and that it is overdue', async () => {
    const asked = { ...aPdf, asked: true, dueAt: '2099-11-25T10:00:00.000000Z' }
    await panel(asked, allRead, verified)
    expect(screen.getByText(/^Due/).textContent).toContain('2099')
    cleanup()
    await panel({ ...asked, dueAt: '2020-11-25T10:00:00.000000Z' }, allRead, verified)
    expect(screen.getByText(/^Overdue since/).textContent).toContain('2020')
  })

  it('asks for a name that was made of the address, before anything is signed', async () => {
    const late = { ...aUser, name: 'Late2', nameFromEmail: true }
    const { sent, button } = await panel(aPdf, allRead, verified, late)
    expect(button).toBeNull()
    const field = await screen.findByLabelText('Is this your name?')
    await userEvent.clear(field)
    await userEvent.type(field, 'Ida Berg')
    await userEvent.click(screen.getByRole('button', { name: 'This is my name' }))
    expect(await screen.findByRole('button', { name: 'Acknowledge reading' })).toBeTruthy()
    expect(sent.map(({ path, body }) => [path, body])).toEqual([['/users/me', { name: 'Ida Berg' }]])
    cleanup()
    // Whoever has said so is not asked again, also when it stays.
    expect((await panel(aPdf, allRead, verified, late)).button).toBeTruthy()
  })
})
