const day = 24 * 60 * 60 * 1_000

/** The day that many days from now in the reader's own zone, as a date field has it. */
export function dayFromNow(days: number, now = new Date()): string {
  const then = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}`
}

/** When a token ends: a number of days from now, or with the last moment of a day. Empty when there is no such day. */
export function expiresAt(choice: string, lastDay: string, now = new Date()): string {
  if (choice !== 'date') return new Date(now.getTime() + Number(choice) * day).toISOString()
  const end = new Date(`${lastDay}T23:59:59`)
  return Number.isNaN(end.getTime()) ? '' : end.toISOString()
}
