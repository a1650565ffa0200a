import userEvent from '@testing-library/user-event'
import { fireEvent, screen, waitFor } from '@testing-library/vue'
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
function open(content: Handler, rendition: Handler = () => new Response('')) {
  const sent = serve({
    'GET /documents/policy-2026/content': content,
    'GET /documents/policy-2026/rendition': rendition,
  })
  const state = effectScope().run(() => ({ reading: useReading('r'), displayed: useDisplayed(document) }))!
  mount(TextReader, { props: { document, ...state } })
  return { sent, ...state }
}
/** What a browser shows in place of an answer that it cannot, or must not, show in a frame */
async function broken(frame: HTMLElement): Promise<void> {
  Object.defineProperty(frame, 'contentDocument', { value: null })
  await fireEvent.load(frame)
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

  it.each([
    ['the server’s cause', () => problem(503, 'content.damaged'), 'no longer what this version fixed'],
    ['the browser', () => new Response(''), 'This browser cannot show this file'],
  ])('names %s when the frame stays empty, and loads all again', async (_name, rendition, text) => {
    const { sent, displayed } = open(() => new Response('abc'), rendition)
    await broken(await screen.findByTitle(document.title))
    expect((await screen.findByRole('alert')).textContent).toContain(text)
    expect(screen.queryByTitle(document.title)).toBeNull()
    expect([displayed.state, displayed.checksum]).toEqual(['unavailable', undefined])
    expect(sent.map(({ path }) => path.split('/').at(-1))).toEqual(['content', 'rendition'])
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await screen.findByTitle(document.title)).toBeTruthy()
    await waitFor(() => expect(displayed.state).toBe('verified'))
    expect(sent).toHaveLength(3)
  })

  it('is not verified while the cause is asked for', async () => {
    let answer: (response: Response) => void = () => {}
    const { displayed } = open(
      () => new Response('abc'),
      () => new Promise((resolve) => (answer = resolve)),
    )
    const frame = await screen.findByTitle(document.title)
    await waitFor(() => expect(displayed.state).toBe('verified'))
    await broken(frame)
    expect([displayed.state, displayed.checksum]).toEqual(['checking', undefined])
    answer(problem(404, 'document.not_found'))
    await waitFor(() => expect(displayed.problem?.code).toBe('document.not_found'))
  })
})
