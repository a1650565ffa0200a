import { fireEvent, screen, waitFor } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { effectScope } from 'vue'
import type { Document } from '@/services/types'
import { mount } from '@/test/mount'
import { aDocument, serve } from '@/test/server'
import ImageReader from './ImageReader.vue'
import { useDisplayed } from './useDisplayed'
import { useReading } from './useReading'

const ofAbc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
const document: Document = {
  ...aDocument,
  checksum: ofAbc,
  content: { kind: 'image', mediaType: 'image/png', size: 3, fileName: 'abc.png' },
  reader: { ...aDocument.reader, mode: 'integrated' },
}

describe('an image in the page', () => {
  it('that is none stays away, also once its file has been checked for signing', async () => {
    serve({ 'GET /documents/policy-2026/content': () => new Response('abc') })
    const { reading, displayed } = effectScope().run(() => ({
      reading: useReading('r'),
      displayed: useDisplayed(document),
    }))!
    mount(ImageReader, { props: { document, reading, displayed } })
    const image = await screen.findByAltText(document.title)
    await waitFor(() => expect(displayed.state).toBe('verified'))
    await fireEvent.error(image)
    expect([displayed.state, displayed.checksum]).toEqual(['unavailable', undefined])
    displayed.claim(ofAbc)
    expect((await screen.findByRole('alert')).textContent).toContain('This browser cannot show this file')
    expect(screen.queryByAltText(document.title)).toBeNull()
    expect(displayed.checksum).toBe(ofAbc)
  })
})
