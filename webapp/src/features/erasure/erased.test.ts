import { describe, expect, it } from 'vitest'
import { eraseCommand, isErased } from './erased'

describe('an erased person', () => {
  it('is known by what is left of the address', () => {
    expect(isErased('erased:7f0d6a6e-0000-4000-8000-000000000001')).toBe(true)
    expect(isErased('erased@acme.example')).toBe(false)
  })
})

describe('the command that erases a person', () => {
  it.each([
    ['sam.okafor+1@acme.example', 'ackify user erase --email sam.okafor+1@acme.example'],
    ['a`id`$x@acme.example', "ackify user erase --email 'a`id`$x@acme.example'"],
    ["o'hara@acme.example", `ackify user erase --email 'o'\\''hara@acme.example'`],
  ])('says %s to the shell, and nothing else', (email, command) => {
    expect(eraseCommand(email)).toBe(command)
  })
})
