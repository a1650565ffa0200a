import type { ChecksumAlgorithm } from '@/services/types'

export interface HashOrder {
  file: Blob
  algorithm: ChecksumAlgorithm
}
export type HashAnswer = { progress: number } | { checksum: string } | { failed: true }

export interface HashOptions {
  signal?: AbortSignal
  onProgress?: (done: number) => void
}

/** The file could not be read to its end: it was moved, changed, or is a folder. */
export class CannotHash extends Error {}

/** The checksum of a file, computed in a worker, which is ended with it. */
export async function checksumOf(
  file: Blob,
  algorithm: ChecksumAlgorithm,
  { signal, onProgress = () => {} }: HashOptions = {},
): Promise<string> {
  if (typeof Worker === 'undefined') {
    const { digest } = await import('./digest')
    return await digest(file, algorithm, onProgress)
  }
  const worker = new Worker(new URL('./hash.worker.ts', import.meta.url), { type: 'module' })
  try {
    return await new Promise<string>((resolve, reject) => {
      const refuse = () => reject(new CannotHash())
      signal?.addEventListener('abort', refuse)
      if (signal?.aborted) refuse()
      worker.addEventListener('error', refuse)
      worker.addEventListener('message', ({ data }: MessageEvent<HashAnswer>) => {
        if ('progress' in data) onProgress(data.progress)
        else if ('checksum' in data) resolve(data.checksum)
        else refuse()
      })
      worker.postMessage({ file, algorithm } satisfies HashOrder)
    })
  } finally {
    worker.terminate()
  }
}
