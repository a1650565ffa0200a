/**
 * The people in a text as somebody pastes it: one on each line, or with semicolons or commas between them, each an
 * address or a name with the address in angle brackets. A comma counts only between two addresses: it may also stand
 * in a name. What a piece means is for the server to say.
 */
export function peopleIn(text: string): string[] {
  return text
    .split(/[\r\n;]+/)
    .flatMap((line) => {
      const parts = line.split(',')
      return parts.every((part) => part.trim() === '' || part.includes('@')) ? parts : [line]
    })
    .map((piece) => piece.trim())
    .filter(Boolean)
}
