import { useQueryClient } from '@tanstack/vue-query'
import { computed, ref, shallowRef } from 'vue'
import { documentKey } from '@/features/documents/document'
import { mySignaturesKey } from '@/features/signatures/keys'
import { call } from '@/services/http'
import { asProblem } from '@/services/problem'
import type { ApiProblem } from '@/services/problem'
import type { Document, ReadingEvidence, Signature } from '@/services/types'

/** What the browser knows of what was shown and read */
export interface WhatWasRead {
  displayedChecksum?: string
  reading?: ReadingEvidence
}

/** Nothing can be done here any more. */
const goneCodes = ['document.deleted', 'document.not_found', 'document.access_forbidden']
const outdatedCodes = ['signature.revision_outdated', 'signature.document_changed']

/**
 * Acknowledging one document. Nothing is shown as signed before the server has answered that it is, and one press at
 * a time is sent. The revision that was on screen goes along, so that nobody signs what they have not seen.
 * `onSigned` is called before the page's data changes, because that replaces the component which asked.
 */
export function useSigning(onSigned: () => void) {
  const queryClient = useQueryClient()
  const sending = ref(false)
  const problem = shallowRef<ApiProblem | null>(null)
  const outdated = computed(() => problem.value !== null && outdatedCodes.includes(problem.value.code))

  const gone = computed(() => problem.value !== null && goneCodes.includes(problem.value.code))

  async function sign(document: Document, read: WhatWasRead = {}): Promise<void> {
    if (sending.value) return
    sending.value = true
    problem.value = null
    // What is shown next comes meanwhile.
    void import('./DoneCard.vue').catch(() => {})
    try {
      const statementLocale = document.statement?.locale
      const body = {
        docId: document.docId,
        revision: document.revision,
        ...(statementLocale && { statementLocale }),
        ...read,
      }
      const signature = await call('post', '/api/v1/signatures', { body })
      onSigned()
      keep(document, signature)
    } catch (error) {
      problem.value = asProblem(error)
    } finally {
      sending.value = false
    }
  }

  function keep({ docId, canManage }: Document, signature: Signature): void {
    queryClient.setQueriesData<Document>({ queryKey: documentKey(docId) }, (document) =>
      document ? { ...document, mySignature: signature } : document,
    )
    void queryClient.invalidateQueries({ queryKey: mySignaturesKey })
    void queryClient.invalidateQueries({ queryKey: ['expected'] })
    if (!canManage) return
    void queryClient.invalidateQueries({ queryKey: documentKey(docId) })
    void queryClient.invalidateQueries({ queryKey: ['document-signatures', docId] })
    for (const key of ['signers', 'status']) void queryClient.invalidateQueries({ queryKey: [key, docId] })
  }

  function forget(): void {
    problem.value = null
  }

  return { sending, problem, outdated, gone, sign, forget }
}
