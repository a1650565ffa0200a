import type { DocumentStatus, Signer, SignersImport } from '@/services/types'

/** Asked, and not overdue. */
export const aSigner: Signer = {
  email: 'noor.haddad@acme.example',
  name: 'Noor Haddad',
  notes: '',
  state: 'pending',
  addedAt: '2026-11-03T08:00:00.000000Z',
  addedBy: 'Ada Lindqvist',
  dueAt: '2026-11-25T22:59:59.000000Z',
  ownDeadline: false,
  muted: false,
  reminders: 0,
}

/** One in every state. */
export const signers: Signer[] = [
  aSigner,
  {
    ...aSigner,
    email: 'jonas.weber@acme.example',
    name: 'Jonas Weber',
    notes: 'Night shift',
    state: 'overdue',
    dueAt: '2026-11-18T22:59:59.000000Z',
    ownDeadline: true,
    deadlineReason: 'Leaves on the 20th',
    group: 'Warehouse',
    reminders: 2,
    lastReminder: {
      id: 3,
      email: 'jonas.weber@acme.example',
      kind: 'overdue',
      status: 'failed',
      queuedAt: '2026-11-19T08:00:00.000000Z',
      by: '',
      automatic: true,
      error: '552 mailbox full',
    },
  },
  {
    ...aSigner,
    email: 'sam.okafor@acme.example',
    name: 'Sam Okafor',
    state: 'signed',
    signedAt: '2026-11-21T09:42:07.123456Z',
    signedRevision: 3,
  },
]

export const aStatus: DocumentStatus = {
  expected: 312,
  signed: 251,
  missing: 61,
  overdue: 9,
  unexpected: 4,
  completion: 80.44,
  dueAt: '2026-11-25T22:59:59.000000Z',
  timeline: [
    { date: '2026-11-03', signed: 12 },
    { date: '2026-11-10', signed: 160 },
    { date: '2026-11-21', signed: 251 },
  ],
}

export const noStatus: DocumentStatus = {
  expected: 0,
  signed: 0,
  missing: 0,
  overdue: 0,
  unexpected: 0,
  completion: 0,
  timeline: [],
}

type Row = SignersImport['rows'][number]

/** What would become of rows; the first is row 2. */
export function anImport(...outcomes: Row['outcome'][]): SignersImport {
  const rows = outcomes.map((outcome, index): Row => {
    const row = { row: index + 2, email: `person${index}@acme.example`, name: `Person ${index}`, outcome }
    return outcome === 'rejected' ? { ...row, error: { code: 'email.invalid', detail: 'no address' } } : row
  })
  const count = (...wanted: Row['outcome'][]) => outcomes.filter((outcome) => wanted.includes(outcome)).length
  return {
    dryRun: true,
    rows,
    added: count('added'),
    existing: count('existing', 'duplicate'),
    rejected: count('rejected'),
  }
}
