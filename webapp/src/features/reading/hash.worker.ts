import { digest } from './digest'
import type { HashAnswer, HashOrder } from './hashing'

/** Computes one checksum beside the page, so that the page stays usable meanwhile. */
const answer = (message: HashAnswer) => self.postMessage(message)

self.addEventListener('message', ({ data }: MessageEvent<HashOrder>) => {
  digest(data.file, data.algorithm, (progress) => answer({ progress })).then(
    (checksum) => answer({ checksum }),
    () => answer({ failed: true }),
  )
})
