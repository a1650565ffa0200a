import { decodeUtf8 } from './bytes'
import { Invalid } from './invalid'

/** A payload's object. Every leaf is a string or a list of strings. A Map, because a key may be any string. */
export type Fields = Map<string, string | string[] | Fields>

const maxDepth = 32
// JSON.stringify writes half a surrogate pair as an escape; JCS has no form for it.
const halfPair = /\p{Surrogate}/u

/**
 * Reads an object that is its own JCS form (RFC 8785), by accepting nothing else: one spelling for every string, no
 * white space, keys in strictly rising order of their UTF-16 code units (so none twice), string leaves only.
 */
export function decodeCanonical(bytes: Uint8Array): Fields {
  const text = decodeUtf8(bytes)
  if (text === undefined) throw new Invalid('payload.format')
  return new Decoder(text).whole()
}

class Decoder {
  private readonly text: string
  private at = 0

  constructor(text: string) {
    this.text = text
  }

  whole(): Fields {
    const fields = this.object(1)
    if (this.at !== this.text.length) throw new Invalid('payload.format')
    return fields
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false
    this.at++
    return true
  }

  private expect(character: string): void {
    if (!this.take(character)) throw new Invalid('payload.format')
  }

  private object(depth: number): Fields {
    if (depth > maxDepth) throw new Invalid('payload.format')
    this.expect('{')
    const fields: Fields = new Map()
    let last: string | undefined
    while (!this.take('}')) {
      if (last !== undefined) this.expect(',')
      const key = this.string()
      if (last !== undefined && key <= last) throw new Invalid('payload.format')
      this.expect(':')
      fields.set(key, this.value(depth))
      last = key
    }
    return fields
  }

  private value(depth: number): string | string[] | Fields {
    if (this.text[this.at] === '"') return this.string()
    if (this.text[this.at] === '{') return this.object(depth + 1)
    this.expect('[')
    const list: string[] = []
    while (!this.take(']')) {
      if (list.length > 0) this.expect(',')
      list.push(this.string())
    }
    return list
  }

  /** One string in the spelling of JSON.stringify, which is the one of JCS. */
  private string(): string {
    const start = this.at
    this.expect('"')
    while (this.at < this.text.length && this.text[this.at] !== '"') {
      this.at += this.text[this.at] === '\\' ? 2 : 1
    }
    this.expect('"')
    const spelt = this.text.slice(start, this.at)
    try {
      const value = JSON.parse(spelt) as string
      if (JSON.stringify(value) === spelt && !halfPair.test(value)) return value
    } catch {
      // Refused below.
    }
    throw new Invalid('payload.format')
  }
}
