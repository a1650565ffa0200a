import type { components } from './api.gen'

type Schemas = components['schemas']
export type Locale = Schemas['Locale']
export type Role = Schemas['Role']
export type User = Schemas['User']
export type ManagedUser = Schemas['ManagedUser']
export type Session = Schemas['Session']
export type Document = Schemas['Document']
export type ChecksumAlgorithm = Schemas['ChecksumAlgorithm']
export type ReadingEvidence = Schemas['Reading']
export type Verification = Schemas['Verification']
export type Signature = Schemas['Signature']
export type Invitation = Schemas['Invitation']
export type NewInvitation = Schemas['NewInvitation']
export type InvitationPreview = Schemas['InvitationPreview']
export type LedgerState = Schemas['LedgerState']
export type LedgerCheck = Schemas['LedgerCheck']
export type LedgerKeys = Schemas['LedgerKeys']
export type ErasureRequest = Schemas['ErasureRequest']
export type PublicConfig = Schemas['PublicConfig']
export type LoginProvider = Schemas['LoginProvider']
export type LoggedIn = Schemas['LoggedIn']
export type LinkPreview = Schemas['LinkPreview']
export type LinkSent = Schemas['LinkSent']
export type HandedOver = Schemas['HandedOver']
export type ApiToken = Schemas['ApiToken']
export type NewApiToken = Schemas['NewApiToken']
export type TokenScope = Schemas['TokenScope']
export type AuditEvent = Schemas['AuditEvent']

/** One page of a list; `nextCursor` is absent on the last. */
export interface Page<T> {
  items: T[]
  nextCursor?: string
}
