import { t } from '@/i18n'
import { printable } from './printable'
import { encodeHex } from './proof/bytes'
import { text } from './proof/payload'
import type { KnownType, Payload } from './proof/payload'

export interface Fact {
  label: string
  text: string
  /** Language of the text, where it is not the app's */
  lang?: string
  /** What stands below, smaller */
  more?: string
}

type Read = (...path: string[]) => string

/** In one sentence, what the entry states. */
export function headline(payload: Payload): string {
  const read: Read = (...path) => printable(text(payload.fields, ...path))
  const named = {
    by: read('by') || '?',
    who: read('signer', 'name') || read('signer', 'email') || t('verify.says.somebody'),
    title: read('doc', 'title') || read('doc', 'id'),
    email: read('email'),
    system: read('system'),
    type: printable(payload.type),
  }
  const sentences: Record<KnownType, () => string> = {
    signature: () => t('verify.says.signature', named),
    declined: () => t('verify.says.declined', named),
    revision: () => t('verify.says.revision', named),
    'document.deleted': () => t('verify.says.deleted', named),
    'document.restored': () => t('verify.says.restored', named),
    expected: () => t('verify.says.expected', named),
    unexpected: () => t('verify.says.unexpected', named),
    erased: () => t('verify.says.erased', { ...named, seqs: seqs(payload) }),
    'ledger.accepted': () => t('verify.says.accepted', named),
    imported: () => t('verify.says.imported', named),
    'key.rotated': () => t('verify.says.rotated', named),
  }
  return payload.known ? sentences[payload.known]() : t('verify.says.unknown', named)
}

/** What the entry says in detail, apart from its time, its place and the content's checksum. */
export function facts(payload: Payload): Fact[] {
  const read: Read = (...path) => printable(text(payload.fields, ...path))
  if (!payload.known) return [{ label: t('verify.facts.content'), text: raw(payload) }]
  const all: Fact[] = [
    {
      label: t('verify.facts.who'),
      text: read('signer', 'name') || read('signer', 'email'),
      more: person(read),
    },
    { label: t('verify.facts.document'), text: read('doc', 'title') || read('doc', 'id'), more: which(read) },
    { label: t('verify.facts.address'), text: read('doc', 'url') },
    {
      label: t('verify.facts.sentence'),
      text: read('statement', 'text'),
      lang: read('statement', 'locale'),
    },
    { label: t('verify.facts.reading'), text: reading(read) },
    { label: t('verify.facts.person'), text: read('email') },
    { label: t('verify.facts.by'), text: read('by') },
    { label: t('verify.facts.due'), text: read('due_at') },
    { label: t('verify.facts.reason'), text: read('reason') },
    { label: t('verify.facts.previous'), text: read('previous_revision') },
    { label: t('verify.facts.statementKey'), text: read('statement_key') },
    { label: t('verify.facts.ledgerKey'), text: read('ledger_key') },
    { label: t('verify.facts.checkpoint'), text: read('checkpoint') },
    { label: t('verify.facts.content'), text: payload.known === 'imported' ? raw(payload) : '' },
  ]
  return all.filter((fact) => fact.text)
}

function person(read: Read): string {
  // Of the ways to log in only this one is a word; the others are names.
  const named = read('signer', 'method')
  const method = named === 'password' ? t('verify.facts.byPassword') : named
  const issuer = read('signer', 'issuer')
  const login =
    method && (issuer ? t('verify.facts.loginOf', { method, issuer }) : t('verify.facts.login', { method }))
  return [read('signer', 'name') ? read('signer', 'email') : '', login].filter(Boolean).join(' · ')
}

function which(read: Read): string {
  const revision = read('doc', 'revision')
  return [read('doc', 'title') ? read('doc', 'id') : '', revision && t('reader.revision', { revision })]
    .filter(Boolean)
    .join(' · ')
}

function reading(read: Read): string {
  const seen = read('reading', 'pages_seen')
  const seconds = read('reading', 'seconds')
  return [
    seen && t('verify.facts.pages', { seen, pages: read('reading', 'pages') || '?' }),
    seconds && t('verify.facts.seconds', { seconds }),
  ]
    .filter(Boolean)
    .join(', ')
}

function seqs(payload: Payload): string {
  const list = payload.fields.get('seqs')
  return Array.isArray(list) ? list.join(', ') : ''
}

function raw(payload: Payload): string {
  return printable(new TextDecoder().decode(payload.raw))
}

export interface Content {
  algorithm: string
  checksum: string
}

/** The content that the entry fixes; undefined when it is about no content. */
export function contentOf({ known, fields }: Payload): Content | undefined {
  if (known !== 'signature' && known !== 'declined' && known !== 'revision') return undefined
  return {
    algorithm: printable(text(fields, 'doc', 'checksum_algorithm')),
    checksum: printable(text(fields, 'doc', 'checksum')),
  }
}

export function keyOf(payload: Payload): string {
  return encodeHex(payload.keyId)
}
