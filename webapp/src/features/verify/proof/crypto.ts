import type { Bytes } from './bytes'
import { isUnusualPoint } from './edgeCases'

/**
 * SHA-256, and Ed25519 exactly as Go's crypto/ed25519 verifies: without cofactor (R must be the very encoding of
 * [S]B - [k]A), S below the group's order, any encoding of any point as a key.
 */
export interface Crypto {
  sha256(bytes: Bytes): Promise<Bytes>
  verify(publicKey: Bytes, message: Bytes, signature: Bytes): Promise<boolean>
}

/** The same in plain JavaScript, for a browser that lacks part of WebCrypto. Its code is fetched when first needed. */
export async function plainCrypto(): Promise<Crypto> {
  return (await import('./plainCrypto')).plain
}

/**
 * WebCrypto where the browser has all of it (Ed25519 is new, and plain http on another host has nothing), the plain
 * implementation for the rest.
 */
export async function browserCrypto(browser: { subtle?: SubtleCrypto } = globalThis.crypto): Promise<Crypto> {
  if (!browser.subtle) return plainCrypto()
  const web = webCrypto(browser.subtle)
  return (await hasEd25519(web)) ? web : { sha256: web.sha256, verify: (await plainCrypto()).verify }
}

function webCrypto(subtle: SubtleCrypto): Crypto {
  return {
    sha256: async (bytes) => new Uint8Array(await subtle.digest('SHA-256', bytes)),
    async verify(publicKey, message, signature) {
      // Browsers differ here: some refuse points of small order or other encodings, some do not.
      if (isUnusualPoint(publicKey) || isUnusualPoint(signature.subarray(0, 32))) {
        return (await plainCrypto()).verify(publicKey, message, signature)
      }
      const key = await subtle
        .importKey('raw', publicKey, 'Ed25519', false, ['verify'])
        .catch(() => undefined)
      return key !== undefined && (await subtle.verify('Ed25519', key, signature, message))
    },
  }
}

const fromHex = (hex: string): Bytes =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16))

// RFC 8032, section 7.1, TEST 2.
const known = {
  key: fromHex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'),
  message: fromHex('72'),
  signature: fromHex(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ),
}

/** Whether a published signature verifies and an altered one does not. */
async function hasEd25519(crypto: Crypto): Promise<boolean> {
  const { key, message, signature } = known
  try {
    return (
      (await crypto.verify(key, message, signature)) && !(await crypto.verify(key, fromHex('73'), signature))
    )
  } catch {
    return false
  }
}
