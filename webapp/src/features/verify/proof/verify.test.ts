import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { bytesOf, decodeBase64, encodeHex, maxSize } from './bytes'
import type { Bytes } from './bytes'
import { browserCrypto, plainCrypto } from './crypto'
import type { Crypto } from './crypto'
import { Invalid } from './invalid'
import type { Reason } from './invalid'
import { parseKeySet } from './keySet'
import { text } from './payload'
import { verifyReceipt } from './verify'

const folder = '../backend/pkg/proof/testdata/'
const file = (name: string): Bytes => new Uint8Array(readFileSync(folder + name))
const base64 = (encoded: string): Bytes => decodeBase64(encoded)!

interface Shared {
  keys: Record<string, unknown>
  receipts: { name: string; keys: string; verdict: string; reason?: string; receipt: string }[]
  keyFiles: { name: string; valid: boolean; text: string }[]
}
const shared = JSON.parse(readFileSync(`${folder}forgeries.json`, 'utf8')) as Shared
const signatures = JSON.parse(readFileSync(`${folder}ed25519.json`, 'utf8')) as {
  key: string
  message: string
  signature: string
  valid: boolean
  name: string
}[]
const vectors = JSON.parse(readFileSync(`${folder}vectors.json`, 'utf8')) as {
  entries: { entry_hash: string; payload: string }[]
}

/** Test vectors by others, as they published them. */
const published = (name: string): unknown =>
  JSON.parse(gunzipSync(readFileSync(`${folder}published/${name}.json.gz`)).toString())
const wycheproof = published('wycheproof-eddsa') as {
  testGroups: { key: { pk: string }; tests: { tcId: number; msg: string; sig: string; result: string }[] }[]
}
const cctv = published('cctv-ed25519') as {
  A: string
  R: string
  S: string
  M: string
  Flags: string[] | null
}[]
const hex = (encoded: string): Bytes => new Uint8Array(Buffer.from(encoded, 'hex'))

/** The other verifier's words for each of our reasons. */
const words: Record<Reason, RegExp> = {
  'receipt.tooLarge': /^receipt has \d+ bytes, more than/,
  'receipt.format': /^not a c2sp/,
  'receipt.extra': /^receipt: extra line/,
  'receipt.index': /^receipt: index line/,
  'receipt.inclusion': /^receipt: inclusion proof/,
  'receipt.spelling': /^receipt is not in its canonical form/,
  'envelope.format': /^envelope(:| is)/,
  'payload.format':
    /^payload: .*(canonical|duplicate key|not valid UTF-8|trailing data|nested deeper|string does not end)/,
  'payload.version': /^payload: v: (unknown version|not a string)/,
  'payload.field': /^payload: /,
  'checkpoint.format': /^checkpoint(:| is (not three|too long))/,
  'position.keyId': /^envelope's keyid is not/,
  'position.seq': /^index \d+ is not the payload's seq/,
  'position.origin': /^payload is of .* the checkpoint of/,
  'position.outside': /^index \d+ is not in a tree/,
  'position.tree': /^entry is not in the checkpoint's tree/,
  'trust.origin': /^checkpoint is of .* the trusted keys are of/,
  'trust.checkpoint': /^checkpoint is not signed by/,
  'trust.key': /^statement key .* is not a trusted key/,
  'trust.window': /^statement key .* was not valid at/,
  'trust.signature': /^signature does not fit/,
  'keys.format': /^key set/,
}

function withoutEd25519(): SubtleCrypto {
  const digest = globalThis.crypto.subtle.digest.bind(globalThis.crypto.subtle)
  return {
    digest,
    importKey: () => Promise.reject(new Error('unknown algorithm')),
  } as unknown as SubtleCrypto
}

describe.each<[string, () => Promise<Crypto>]>([
  ['WebCrypto', () => browserCrypto()],
  ['plain JavaScript', plainCrypto],
  ['plain JavaScript where the browser has no crypto.subtle', () => browserCrypto({})],
  ['WebCrypto without Ed25519', () => browserCrypto({ subtle: withoutEd25519() })],
])('verifying with %s', (_name, make) => {
  const keySet = async (name: string, crypto: Crypto) =>
    name === '' ? undefined : parseKeySet(bytesOf(JSON.stringify(shared.keys[name])), crypto)

  it.each(shared.receipts)('agrees with the server: $name', async ({ receipt, keys, verdict, reason }) => {
    const crypto = await make()
    const ours = await verifyReceipt(base64(receipt), await keySet(keys, crypto), crypto)
    expect(ours.verdict).toBe(verdict)
    if (ours.verdict === 'invalid') expect(reason).toMatch(words[ours.problem.reason])
  })

  it('agrees with Project Wycheproof', async () => {
    const crypto = await make()
    for (const { key, tests } of wycheproof.testGroups)
      for (const { tcId, msg, sig, result } of tests) {
        const verdict = await crypto.verify(hex(key.pk), hex(msg), hex(sig))
        expect(verdict, String(tcId)).toBe(result === 'valid')
      }
  })

  it('refuses of the edge cases of CCTV those that the server refuses', async () => {
    const crypto = await make()
    for (const { A, R, S, M, Flags } of cctv) {
      const refused = Flags?.some((flag) => flag === 'NonCanonicalR' || flag === 'LowOrderResidue') ?? false
      expect(await crypto.verify(hex(A), bytesOf(M), hex(R + S)), String(Flags)).toBe(!refused)
    }
  })

  it.each(shared.keyFiles)('agrees about the keys file: $name', async ({ text, valid }) => {
    const parsed = parseKeySet(base64(text), await make())
    if (valid) expect((await parsed).ledger.length).toBeGreaterThan(0)
    else await expect(parsed).rejects.toBeInstanceOf(Invalid)
  })

  it('agrees about every signature where implementations differ', async () => {
    const crypto = await make()
    const differ: string[] = []
    for (const { key, message, signature, valid, name } of signatures) {
      const ours = await crypto.verify(base64(key), base64(message), base64(signature))
      if (ours !== valid) differ.push(name)
    }
    expect(differ).toEqual([])
  })

  it('finds every published entry valid, with its hash', async () => {
    const crypto = await make()
    const keys = await parseKeySet(file('keys.json'), crypto)
    for (const [i, entry] of vectors.entries.entries()) {
      const receipt = file(`entry-${String(i).padStart(2, '0')}.tlog-proof`)
      const verdict = await verifyReceipt(receipt, keys, crypto)
      if (verdict.verdict !== 'valid') throw new Error(`entry ${i} is ${verdict.verdict}`)
      expect(encodeHex(verdict.entryHash)).toBe(entry.entry_hash)
      expect(new TextDecoder().decode(verdict.payload.raw)).toBe(entry.payload)
      expect(verdict.payload.seq).toBe(BigInt(i))
    }
  })

  it('refuses what is above the limit', async () => {
    const crypto = await make()
    const long = new Uint8Array(maxSize + 1)
    long.set(file('entry-02.tlog-proof'))
    const verdict = await verifyReceipt(long, undefined, crypto)
    expect(verdict.verdict === 'invalid' && verdict.problem.reason).toBe('receipt.tooLarge')
    const keys = new Uint8Array(maxSize + 1).fill(0x20)
    keys.set(file('keys.json'))
    await expect(parseKeySet(keys, crypto)).rejects.toBeInstanceOf(Invalid)
  })
})

describe('a receipt', () => {
  it('cannot have any byte altered', async () => {
    const crypto = await browserCrypto()
    const keys = await parseKeySet(file('keys.json'), crypto)
    const receipt = file('entry-02.tlog-proof')
    for (let i = 0; i < receipt.length; i++) {
      for (const flip of [0x01, 0x20, 0x80]) {
        const altered = receipt.slice()
        altered[i]! ^= flip
        expect((await verifyReceipt(altered, keys, crypto)).verdict, `byte ${i}`).toBe('invalid')
      }
      expect((await verifyReceipt(receipt.slice(0, i), undefined, crypto)).verdict).toBe('invalid')
    }
  })

  it('says who and what', async () => {
    const crypto = await browserCrypto()
    const verdict = await verifyReceipt(file('entry-02.tlog-proof'), undefined, crypto)
    if (verdict.verdict !== 'unknown') throw new Error(verdict.verdict)
    expect(text(verdict.payload.fields, 'signer', 'name')).toBe('Zoë "Z" Müller\u2028')
    expect(text(verdict.payload.fields, 'doc', 'id')).toBe('k7m2n4p8')
    expect(text(verdict.payload.fields, 'doc', 'id', 'deeper')).toBe('')
  })
})
