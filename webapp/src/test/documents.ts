import type { Document, Revision, User, Verification } from '@/services/types'
import { aDocument, aUser } from './server'

/** Somebody whose document it is. */
export const anAuthor: User = { ...aUser, role: 'author', canCreateDocuments: true }

/** As its author sees it: kept from an address. */
export const aManaged: Document = {
  ...aDocument,
  reference: 'https://intranet.acme.example/policy',
  canManage: true,
  canEdit: true,
  signatureCount: 12,
  content: { kind: 'pdf', mediaType: 'application/pdf', size: 2_300_000, fileName: 'policy.pdf' },
  reader: { mode: 'integrated', download: true, fullRead: false, checksumRequired: false },
  service: { id: 'google-docs', name: 'Google Docs' },
  remote: { state: 'same', recheck: true, checkedAt: '2026-11-20T08:00:00.000000Z' },
}

export const aRevision: Revision = {
  revision: 3,
  change: 'material',
  title: aDocument.title,
  url: aDocument.url,
  checksum: aDocument.checksum,
  checksumAlgorithm: 'SHA-256',
  content: aManaged.content!,
  createdAt: aDocument.createdAt,
  createdBy: 'Ada Lindqvist',
  seq: 1201,
  signatureCount: 12,
}

export const aVerification: Verification = {
  id: 9,
  revision: 3,
  source: 'remote',
  verifiedAt: '2026-11-20T08:00:00.000000Z',
  verifiedBy: '',
  storedChecksum: aDocument.checksum,
  calculatedChecksum: aDocument.checksum,
  algorithm: 'SHA-256',
  isValid: true,
}
