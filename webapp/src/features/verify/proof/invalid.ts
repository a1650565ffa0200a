/** The first thing that is wrong, as a code: each is a sentence in the app's languages. */
export type Reason =
  | 'receipt.tooLarge'
  | 'receipt.format'
  | 'receipt.extra'
  | 'receipt.index'
  | 'receipt.inclusion'
  | 'receipt.spelling'
  | 'envelope.format'
  | 'payload.format'
  | 'payload.version'
  | 'payload.field'
  | 'checkpoint.format'
  | 'position.keyId'
  | 'position.seq'
  | 'position.origin'
  | 'position.outside'
  | 'position.tree'
  | 'trust.origin'
  | 'trust.checkpoint'
  | 'trust.key'
  | 'trust.window'
  | 'trust.signature'
  | 'keys.format'

/** Something was checked and found wrong: it is disproven, not merely unreadable. */
export class Invalid extends Error {
  readonly reason: Reason
  /** What the sentence names. */
  readonly named: Record<string, string>

  constructor(reason: Reason, named: Record<string, string> = {}) {
    super(reason)
    this.name = 'Invalid'
    this.reason = reason
    this.named = named
  }
}
