import { md5 } from '@noble/hashes/legacy.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { ChecksumAlgorithm } from '@/services/types'

const algorithms = { 'SHA-256': sha256, 'SHA-512': sha512, MD5: md5 }
/** So that a single large piece also shows progress */
const piece = 1 << 20

/** The checksum of a file in lower-case hexadecimal, read piece by piece; `onProgress` gets what part is done. */
export async function digest(
  file: Blob,
  algorithm: ChecksumAlgorithm,
  onProgress: (done: number) => void = () => {},
): Promise<string> {
  const hash = algorithms[algorithm].create()
  for (let start = 0; start < file.size; start += piece) {
    hash.update(new Uint8Array(await file.slice(start, start + piece).arrayBuffer()))
    onProgress(Math.min(1, (start + piece) / file.size))
  }
  return bytesToHex(hash.digest())
}
