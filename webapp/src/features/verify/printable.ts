/**
 * Text that somebody else has written, so that nothing in it hides or turns round what stands beside it: control,
 * formatting and bidirectional characters appear as \u{…}, a backslash as two.
 */
export function printable(text: string): string {
  return text.replace(/\\|[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (character) =>
    character === '\\' ? '\\\\' : `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`,
  )
}
