import { useToasts } from '@/composables/toasts'
import { t } from '@/i18n'
import { problemText } from '@/services/errors'
import { call } from '@/services/http'
import { asProblem } from '@/services/problem'
import type { Signer } from '@/services/types'
import { useSignersCache } from '../queries'

/** Asks somebody again who was withdrawn, until the document's deadline; their name and notes are still there. */
export function useAskAgain(docId: () => string) {
  const { toast } = useToasts()
  const { expire } = useSignersCache()

  return async function askAgain({ email, name }: Signer): Promise<void> {
    const path = { docId: docId() }
    try {
      await call('post', '/api/v1/documents/{docId}/signers', { path, body: { signers: [{ email }] } })
      toast(t('signers.askedAgain', { name: name || email }))
    } catch (error) {
      toast(problemText(asProblem(error)))
    } finally {
      expire(path.docId)
    }
  }
}
