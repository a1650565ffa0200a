import { FileUp, Hash, Link } from 'lucide-vue-next'
import { t } from '@/i18n'
import type { Way } from '../draft'

/** Where a document's content can be, for people to choose from. */
export const wayOptions = () => [
  { value: 'address' as Way, label: t('create.byAddress'), icon: Link },
  { value: 'file' as Way, label: t('create.byFile'), icon: FileUp },
  { value: 'reference' as Way, label: t('create.byReference'), icon: Hash },
]
