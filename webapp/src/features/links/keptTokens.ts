import { keep, recall } from '@/composables/storage'

const key = 'ackify.links'
/** Of this tab alone: the secret shall not outlive it, nor be seen by another. */
const storage = () => sessionStorage

function all(): Record<string, unknown> {
  const found = recall(storage, key)
  return typeof found === 'object' && found !== null ? { ...found } : {}
}

/** The secret of the mail's link that was opened on the page at `path`. */
export function keepToken(path: string, token: string): void {
  keep(storage, key, { ...all(), [path]: token })
}

export function keptToken(path: string): string {
  const found = new Map(Object.entries(all())).get(path)
  return typeof found === 'string' ? found : ''
}

export function forgetToken(path: string): void {
  const left = Object.entries(all()).filter(([one]) => one !== path)
  keep(storage, key, left.length > 0 ? Object.fromEntries(left) : null)
}

export function forgetTokens(): void {
  keep(storage, key, null)
}
