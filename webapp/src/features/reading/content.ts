import { openFile } from '@/services/http'

/** Fetches a whole file, and tells what part of it has come. */
export async function fetchBytes(
  url: string,
  type: string,
  { signal, size, onProgress }: { signal: AbortSignal; size: number; onProgress: (part: number) => void },
): Promise<Blob> {
  const response = await openFile(url, signal)
  if (!response.body) return await response.blob()
  const pieces: BlobPart[] = []
  const reader = response.body.getReader()
  let come = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return new Blob(pieces, { type })
    pieces.push(value as Uint8Array<ArrayBuffer>)
    come += value.length
    onProgress(size > 0 ? Math.min(1, come / size) : 0)
  }
}

/** Why the server refuses a file that could not be shown; nothing when it does not. */
export async function refusalOf(url: string, headers: Record<string, string> = {}): Promise<unknown> {
  const asking = new AbortController()
  try {
    await openFile(url, asking.signal, headers)
    return undefined
  } catch (refused) {
    return refused
  } finally {
    // The answer's beginning says it.
    asking.abort()
  }
}
