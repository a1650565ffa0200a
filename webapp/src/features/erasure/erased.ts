/** Where an address stood, what is left of an erased person begins like this. */
export const isErased = (email: string): boolean => email.startsWith('erased:')

/** What the operator runs; quoted where an address has characters that mean something to a shell. */
export function eraseCommand(email: string): string {
  const plain = /^[\w.+@-]+$/.test(email)
  return `ackify user erase --email ${plain ? email : `'${email.replaceAll("'", `'\\''`)}'`}`
}
