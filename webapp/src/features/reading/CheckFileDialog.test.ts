import userEvent from '@testing-library/user-event'
import { screen, waitFor } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { effectScope, ref } from 'vue'
import type { Document } from '@/services/types'
import { mount, violations } from '@/test/mount'
import { aDocument, json, serve } from '@/test/server'
import CheckFileDialog from './CheckFileDialog.vue'
import { useDisplayed } from './useDisplayed'

const path = 'POST /documents/policy-2026/checksum-verifications'
const ofAbc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
const here: Document = { ...aDocument, checksum: ofAbc }

function open(document: Document = here) {
  const sent = serve({
    [path]: ({ body }) => {
      const { calculatedChecksum } = body as { calculatedChecksum: string }
      return json(
        {
          id: 1,
          revision: 3,
          source: 'file',
          verifiedAt: '2026-11-21T09:42:07.123456Z',
          verifiedBy: 'Sam Okafor',
          storedChecksum: ofAbc,
          calculatedChecksum,
          algorithm: 'SHA-256',
          isValid: calculatedChecksum === ofAbc,
        },
        201,
      )
    },
  })
  const current = ref(document)
  const displayed = effectScope().run(() => useDisplayed(current))!
  mount(CheckFileDialog, { props: { document, displayed, open: true } })
  return { sent, current, displayed }
}
const choose = async (text: string, name = 'policy.pdf') =>
  userEvent.upload(await screen.findByLabelText('Choose a file'), new File(text ? [text] : [], name))

describe('checking a file', () => {
  it('says that it is the document, sends its checksum alone, and keeps it for signing', async () => {
    const { sent, displayed } = open()
    expect(await screen.findByText(/The file stays with you/)).toBeTruthy()
    await choose('abc')
    expect(await screen.findByText('It is this document')).toBeTruthy()
    expect(sent.map(({ body }) => body)).toEqual([{ source: 'file', calculatedChecksum: ofAbc, revision: 3 }])
    expect([displayed.state, displayed.checksum]).toEqual(['verified', ofAbc])
    expect(await violations(screen.getByRole('dialog'))).toEqual([])
  })

  it('keeps it also when the document was still being loaded here before it was read elsewhere', async () => {
    const { current, displayed } = open({
      ...here,
      content: { kind: 'pdf', mediaType: 'application/pdf', size: 3, fileName: 'policy.pdf' },
      reader: { ...aDocument.reader, mode: 'integrated' },
    })
    expect(displayed.state).toBe('checking')
    current.value = here
    await choose('abc')
    expect(await screen.findByText('It is this document')).toBeTruthy()
    expect([displayed.state, displayed.checksum]).toEqual(['verified', ofAbc])
  })

  it('says that another file is not the document, with both checksums', async () => {
    const { displayed } = open()
    await choose('abd')
    expect(await screen.findByText('It is not this document')).toBeTruthy()
    expect(screen.getAllByRole('button', { name: 'Copy the whole checksum' })).toHaveLength(2)
    expect(displayed.checksum).toBeUndefined()
  })

  it('refuses an empty file without asking the server', async () => {
    const { sent } = open()
    await choose('', 'empty.pdf')
    expect((await screen.findByRole('alert')).textContent).toContain('“empty.pdf” is empty')
    await waitFor(() => expect(sent).toEqual([]))
  })
})
