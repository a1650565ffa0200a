import { computed } from 'vue'
import { t } from '@/i18n'
import { useSession } from '@/stores/session'
import { oversees, seesDocuments, seesGroups } from './access'

/** Where a person may go. */
export function useNavigation() {
  const session = useSession()
  return computed(() => {
    const links = [
      { name: 'home', label: t('home.title') },
      { name: 'signatures', label: t('signatures.title') },
    ]
    if (session.may(seesDocuments)) links.push({ name: 'documents', label: t('documents.title') })
    if (session.may(oversees)) links.push({ name: 'people', label: t('people.title') })
    if (session.may(seesGroups)) links.push({ name: 'groups', label: t('groups.title') })
    if (session.may(oversees)) {
      links.push({ name: 'emails', label: t('emails.title') })
      links.push({ name: 'ledger', label: t('ledger.title') })
      links.push({ name: 'audit', label: t('audit.title') })
      links.push({ name: 'settings', label: t('settings.title') })
    }
    links.push({ name: 'verify', label: t('verify.nav') })
    return links
  })
}
