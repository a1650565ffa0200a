import { createsDocuments, oversees } from '@/features/session/access'
import { t } from '@/i18n'
import type { TokenScope, User } from '@/services/types'

interface Scope {
  value: TokenScope
  label: string
  text: string
}

/** What a token can be allowed, from the least to the most. */
function scopes(): Scope[] {
  return [
    {
      value: 'documents:read',
      label: t('tokens.scope.readDocuments'),
      text: t('tokens.scope.readDocumentsText'),
    },
    {
      value: 'documents:write',
      label: t('tokens.scope.writeDocuments'),
      text: t('tokens.scope.writeDocumentsText'),
    },
    {
      value: 'signatures:read',
      label: t('tokens.scope.readSignatures'),
      text: t('tokens.scope.readSignaturesText'),
    },
    {
      value: 'signers:write',
      label: t('tokens.scope.writeSigners'),
      text: t('tokens.scope.writeSignersText'),
    },
    { value: 'admin', label: t('tokens.scope.admin'), text: t('tokens.scope.adminText') },
  ]
}

/** Those of use to a person: no token does more than its owner may. */
export function scopesFor(user: User): Scope[] {
  return scopes().filter(({ value }) => {
    if (value === 'admin') return oversees(user)
    return !value.endsWith(':write') || createsDocuments(user)
  })
}

export const scopeText = (scope: TokenScope): string =>
  scopes().find(({ value }) => value === scope)?.label ?? scope
