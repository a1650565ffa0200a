import { computed, ref } from 'vue'
import type { Ref } from 'vue'
import { useForm } from '@/composables/form'
import { t } from '@/i18n'
import { useToasts } from '@/composables/toasts'
import { call } from '@/services/http'
import type { Signer } from '@/services/types'
import { useDeadline } from '../deadline/useDeadline'
import { useSignersCache } from '../queries'

/** Changing what is known of one person who is asked. Only what was changed is sent. */
export function useEditSigner(
  form: Ref<HTMLFormElement | null>,
  docId: string,
  signer: Signer,
  saved: () => void,
) {
  const { toast } = useToasts()
  const { expire } = useSignersCache()
  const name = ref(signer.name)
  const notes = ref(signer.notes)
  const muted = ref(signer.muted)
  const deadline = useDeadline(() => (signer.ownDeadline ? signer.dueAt : undefined))
  /** Whoever changes what was promised says why. */
  const explain = computed(() => deadline.changed.value && signer.dueAt !== undefined)
  const { errors, problem, busy, submit } = useForm(form, ['name', 'notes', 'dueAt', 'reason'])

  const changes = () => ({
    ...(name.value.trim() !== signer.name && { name: name.value.trim() }),
    ...(notes.value.trim() !== signer.notes && { notes: notes.value.trim() }),
    ...(muted.value !== signer.muted && { muted: muted.value }),
    ...(deadline.changed.value && { deadline: deadline.input.value }),
  })

  const save = () =>
    submit(
      async () => {
        const body = changes()
        if (Object.keys(body).length > 0) {
          const path = { docId, email: signer.email }
          await call('patch', '/api/v1/documents/{docId}/signers/{email}', { path, body })
          expire(docId)
          toast(t('signers.saved'))
        }
        saved()
      },
      () => (explain.value && !deadline.reason.value.trim() ? { reason: 'field.required' } : {}),
    )

  return { name, notes, muted, deadline, explain, errors, problem, busy, save }
}
