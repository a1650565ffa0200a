import { computed } from 'vue'
import { t } from '@/i18n'
import { useSession } from '@/stores/session'

/** Where a person may go, by role. */
export function useNavigation() {
  const session = useSession()
  return computed(() => {
    const links = [
      { name: 'home', label: t('home.title') },
      { name: 'signatures', label: t('signatures.title') },
    ]
    if (session.seesDocuments) links.push({ name: 'documents', label: t('documents.title') })
    if (session.seesPeople) links.push({ name: 'people', label: t('people.title') })
    if (session.seesLedger) links.push({ name: 'ledger', label: t('ledger.title') })
    links.push({ name: 'verify', label: t('verify.nav') })
    return links
  })
}
