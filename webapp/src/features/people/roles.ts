import { t } from '@/i18n'
import type { Role } from '@/services/types'

const names: Record<Role, () => string> = {
  signer: () => t('roles.signer'),
  author: () => t('roles.author'),
  admin: () => t('roles.admin'),
  auditor: () => t('roles.auditor'),
}

export const roleName = (role: Role): string => names[role]()

/** From the least to the most, each with what it allows. */
export function roleOptions(): { value: Role; label: string }[] {
  return [
    { value: 'signer', label: t('roles.signerLong') },
    { value: 'author', label: t('roles.authorLong') },
    { value: 'auditor', label: t('roles.auditorLong') },
    { value: 'admin', label: t('roles.adminLong') },
  ]
}
