import { screen } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { effectScope } from 'vue'
import type { Document } from '@/services/types'
import { mount } from '@/test/mount'
import { aDocument, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'
import TextReader from './TextReader.vue'
import { useDisplayed } from './useDisplayed'
import { useReading } from './useReading'

const document: Document = {
  ...aDocument,
  checksum: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  content: { kind: 'markdown', mediaType: 'text/markdown', size: 3, fileName: 'abc.md' },
  reader: { ...aDocument.reader, mode: 'integrated' },
}
function open(content: Handler) {
  const sent = serve({ 'GET /documents/policy-2026/content': content })
  const state = effectScope().run(() => ({ reading: useReading('r'), displayed: useDisplayed(document) }))!
  mount(TextReader, { props: { document, ...state } })
  return { sent, ...state }
}

describe('a text in the page', () => {
  it('is shown in a frame in which nothing runs, once its bytes are there', async () => {
    const { sent, displayed } = open(() => new Response('abc'))
    const frame = await screen.findByTitle(document.title)
    expect(frame.getAttribute('sandbox')).toBe(
      'allow-same-origin allow-popups allow-popups-to-escape-sandbox',
    )
    expect(frame.getAttribute('src')).toContain('/api/v1/documents/policy-2026/rendition?revision=3')
    expect(sent[0]?.query.get('revision')).toBe('3')
    expect(await screen.findAllByText('Content verified')).toBeTruthy()
    expect(displayed.state).toBe('verified')
    expect(screen.getByRole('progressbar', { name: 'Read so far' })).toBeTruthy()
  })

  it('is not shown when its bytes cannot be had, and the cause is named', async () => {
    const { displayed } = open(() => problem(503, 'content.damaged'))
    expect((await screen.findByRole('alert')).textContent).toContain('no longer what this version fixed')
    expect(screen.queryByTitle(document.title)).toBeNull()
    expect(displayed.state).toBe('unavailable')
  })
})
