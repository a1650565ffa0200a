import { describe, expect, it } from 'vitest'
import { effectScope, ref } from 'vue'
import { ApiProblem } from '@/services/problem'
import type { ChecksumAlgorithm, Document } from '@/services/types'
import { aDocument } from '@/test/server'
import { digest } from './digest'
import { UNREADABLE, useDisplayed } from './useDisplayed'

const abc: [ChecksumAlgorithm, string][] = [
  ['SHA-256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'SHA-512',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  ['MD5', '900150983cd24fb0d6963f7d28e17f72'],
]
const shown = (more: Partial<Document> = {}): Document => ({
  ...aDocument,
  content: { kind: 'pdf', mediaType: 'application/pdf', size: 3, fileName: 'abc.pdf' },
  reader: { ...aDocument.reader, mode: 'integrated' },
  ...more,
})
const look = (document: Document | undefined) => {
  const current = ref(document)
  return { current, displayed: effectScope().run(() => useDisplayed(current))! }
}

describe('a checksum', () => {
  it.each(abc)('is the known one with %s', async (algorithm, checksum) => {
    expect(await digest(new Blob(['abc']), algorithm)).toBe(checksum)
  })

  it('is computed piece by piece, and says how far it is', async () => {
    const parts: number[] = []
    const file = new Blob([new Uint8Array(2_500_000)])
    expect(await digest(file, 'MD5', (done) => parts.push(done))).toMatch(/^[0-9a-f]{32}$/)
    expect(parts).toHaveLength(3)
    expect(parts.at(-1)).toBe(1)
  })
})

describe('what is displayed', () => {
  it.each(abc)('is verified by its %s', async (checksumAlgorithm, checksum) => {
    const { displayed } = look(shown({ checksumAlgorithm, checksum: checksum.toUpperCase() }))
    expect(displayed.state).toBe('checking')
    await displayed.check(new Blob(['abc']))
    expect(displayed.state).toBe('verified')
    expect(displayed.checksum).toBe(checksum)
  })

  it('is different when one byte is, and has no checksum to sign then', async () => {
    const { displayed } = look(shown({ checksum: abc[0]![1] }))
    await displayed.check(new Blob(['abd']))
    expect(displayed.state).toBe('different')
    expect(displayed.checksum).toBeUndefined()
  })

  it('is not compared without a checksum, nor when it is read elsewhere', async () => {
    const { displayed } = look(shown({ checksum: '' }))
    await displayed.check(new Blob(['abc']))
    expect(displayed.state).toBe('none')
    expect(look(aDocument).displayed.state).toBe('none')
  })

  it('is unavailable for the reason that the server gives, or for the network', () => {
    const { displayed } = look(shown())
    displayed.fail(new ApiProblem({ code: 'content.damaged', status: 503 }))
    expect([displayed.state, displayed.problem?.code]).toEqual(['unavailable', 'content.damaged'])
    displayed.fail(new TypeError('broken off'))
    expect(displayed.problem?.code).toBe('network.unreachable')
  })

  it('has no checksum to sign once it could not be shown, be it before or after the check', async () => {
    const { displayed } = look(shown({ checksum: abc[0]![1] }))
    const failed = ['unavailable', undefined, 'content.unreadable']
    const seen = () => [displayed.state, displayed.checksum, displayed.problem?.code]
    await displayed.check(new Blob(['abc']))
    displayed.fail(new ApiProblem({ code: UNREADABLE, status: 0 }))
    expect(seen()).toEqual(failed)
    displayed.begin()
    const checked = displayed.check(new Blob(['abc']))
    displayed.fail(new ApiProblem({ code: UNREADABLE, status: 0 }))
    await checked
    expect(seen()).toEqual(failed)
  })

  it('is checked anew with another revision', async () => {
    const { current, displayed } = look(shown({ checksum: abc[0]![1] }))
    await displayed.check(new Blob(['abc']))
    current.value = shown({ revision: 4 })
    expect([displayed.state, displayed.checksum]).toEqual(['checking', undefined])
  })

  it('is nothing in the page any more once the same revision is read elsewhere', async () => {
    const { current, displayed } = look(shown({ checksum: abc[0]![1] }))
    const checked = displayed.check(new Blob(['abc']))
    current.value = shown({ checksum: abc[0]![1], reader: { ...aDocument.reader, mode: 'external' } })
    await checked
    expect([displayed.state, displayed.checksum]).toEqual(['none', undefined])
    displayed.begin()
    await displayed.check(new Blob(['abc']))
    expect([displayed.state, displayed.checksum]).toEqual(['none', undefined])
  })

  it('stays as it is while neither the revision nor the reader changes', async () => {
    const { current, displayed } = look(shown({ checksum: abc[0]![1] }))
    await displayed.check(new Blob(['abc']))
    current.value = shown({ checksum: abc[0]![1], title: 'Another title' })
    expect(displayed.state).toBe('verified')
  })
})
