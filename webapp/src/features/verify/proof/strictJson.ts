import { bytesOf, decodeUtf8, maxSize } from './bytes'
import { Invalid } from './invalid'

export type Json = string | number | boolean | null | Json[] | Map<string, Json>

const maxDepth = 32

/**
 * Reads one JSON object (RFC 8259) of at most 1 MiB and refuses what JSON.parse lets pass: a key that appears twice,
 * invalid UTF-8, deep nesting. Half a surrogate pair reads as U+FFFD.
 */
export function decodeObject(bytes: Uint8Array): Map<string, Json> {
  const text = bytes.length <= maxSize ? decodeUtf8(bytes) : undefined
  if (text === undefined) throw new Invalid('keys.format')
  const decoder = new Decoder(text)
  const value = decoder.value(1)
  decoder.end()
  if (!(value instanceof Map)) throw new Invalid('keys.format')
  return value
}

const space = /[ \t\r\n]*/y
const string = /"(?:[^"\\]|\\.)*"/y
const scalar = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y

class Decoder {
  private readonly text: string
  private at = 0

  constructor(text: string) {
    this.text = text
  }

  end(): void {
    if (this.token(space) === undefined || this.at !== this.text.length) throw new Invalid('keys.format')
  }

  value(depth: number): Json {
    if (depth > maxDepth) throw new Invalid('keys.format')
    if (this.take('{')) return this.object(depth)
    if (this.take('[')) return this.list(depth)
    return this.text[this.at] === '"' ? this.string() : (JSON.parse(this.expect(scalar)) as Json)
  }

  private object(depth: number): Map<string, Json> {
    const object = new Map<string, Json>()
    if (this.take('}')) return object
    do {
      this.token(space)
      const key = this.string()
      if (object.has(key) || !this.take(':')) throw new Invalid('keys.format')
      object.set(key, this.value(depth + 1))
    } while (this.take(','))
    if (!this.take('}')) throw new Invalid('keys.format')
    return object
  }

  private list(depth: number): Json[] {
    const list: Json[] = []
    if (this.take(']')) return list
    do list.push(this.value(depth + 1))
    while (this.take(','))
    if (!this.take(']')) throw new Invalid('keys.format')
    return list
  }

  private string(): string {
    try {
      return wellFormed(JSON.parse(this.expect(string)) as string)
    } catch {
      throw new Invalid('keys.format')
    }
  }

  private take(character: string): boolean {
    this.token(space)
    if (this.text[this.at] !== character) return false
    this.at++
    return true
  }

  private token(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    this.at += found?.length ?? 0
    return found
  }

  private expect(pattern: RegExp): string {
    const found = this.token(pattern)
    if (found === undefined) throw new Invalid('keys.format')
    return found
  }
}

function wellFormed(text: string): string {
  return decodeUtf8(bytesOf(text)) ?? ''
}
