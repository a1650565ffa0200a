import { waitFor } from '@testing-library/vue'
import { describe, expect, it, vi } from 'vitest'
import { json, serve } from '@/test/server'
import { takeUploads } from '@/test/uploads'
import { onExpectedUser, onUnauthenticated } from './http'
import { ApiProblem } from './problem'
import { upload } from './upload'

function begin() {
  let token = 0
  serve({ 'GET /csrf': () => json({ token: `token-${++token}` }) })
  const sent = takeUploads()
  const controller = new AbortController()
  const onProgress = vi.fn()
  const form = new FormData()
  form.set('title', 'The handbook')
  const result = upload('/api/v1/documents/upload', form, { signal: controller.signal, onProgress })
  result.catch(() => {})
  return { sent, result, onProgress, cancel: () => controller.abort() }
}
const one = async (sent: unknown[], count = 1) => await waitFor(() => expect(sent).toHaveLength(count))

describe('sending a file', () => {
  it('says how much is gone, in the name of whom the page shows', async () => {
    onExpectedUser(() => 'u8')
    const { sent, result, onProgress } = begin()
    await one(sent)
    expect(sent[0]?.path).toBe('/documents/upload')
    expect(sent[0]?.headers).toMatchObject({ 'X-CSRF-Token': 'token-1', 'X-Expected-User': 'u8' })
    sent[0]?.progress(25, 100)
    expect(onProgress).toHaveBeenLastCalledWith(0.25)
    await sent[0]?.answer(json({ docId: 'handbook' }, 201))
    expect(await result).toEqual({ docId: 'handbook' })
  })

  it('asks once more with a new token when the first is too old', async () => {
    const { sent, result } = begin()
    await one(sent)
    await sent[0]?.refuse(403, 'csrf.invalid')
    await one(sent, 2)
    expect(sent[1]?.headers['X-CSRF-Token']).toBe('token-2')
    await sent[1]?.answer(json({}, 201))
    await result
  })

  it('keeps the server’s code and fields, and knows when nobody is logged in', async () => {
    const ended = vi.fn()
    onUnauthenticated(ended)
    const large = begin()
    await one(large.sent)
    const errors = [{ field: 'file', code: 'file.too_large', detail: '' }]
    await large.sent[0]?.refuse(413, 'file.too_large', { errors })
    await expect(large.result).rejects.toMatchObject({ code: 'file.too_large', status: 413, errors })
    expect(ended).not.toHaveBeenCalled()
    const late = begin()
    await one(late.sent)
    await late.sent[0]?.refuse(401, 'auth.required')
    await expect(late.result).rejects.toBeInstanceOf(ApiProblem)
    expect(ended).toHaveBeenCalledOnce()
  })

  it('ends when it is cancelled, and when the line is cut', async () => {
    const cancelled = begin()
    await one(cancelled.sent)
    cancelled.cancel()
    await expect(cancelled.result).rejects.toMatchObject({ name: 'AbortError' })
    expect(cancelled.sent[0]?.aborted).toBe(true)
    const cut = begin()
    await one(cut.sent)
    cut.sent[0]?.breakOff()
    await expect(cut.result).rejects.toMatchObject({ code: 'network.unreachable' })
  })
})
