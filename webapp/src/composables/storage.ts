/** Something small that outlives the page, as JSON. Where storage is refused, nothing is kept. */
export function keep(storage: () => Storage, key: string, value: unknown): void {
  try {
    if (value === null) storage().removeItem(key)
    else storage().setItem(key, JSON.stringify(value))
  } catch {
    // Refused or full: it is forgotten.
  }
}

/** What was kept, which anybody may have changed: check it. */
export function recall(storage: () => Storage, key: string): unknown {
  try {
    return JSON.parse(storage().getItem(key) ?? 'null')
  } catch {
    return null
  }
}
