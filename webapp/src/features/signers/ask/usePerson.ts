import { computed, reactive } from 'vue'
import type { Ref } from 'vue'
import { endOfDay } from '@/composables/deadlines'
import { useForm } from '@/composables/form'
import { useZone } from '@/features/session/queries'
import { call } from '@/services/http'
import { useSignersCache } from '../queries'

const empty = { email: '', name: '', notes: '', day: '' }
const fields = ['signers[0].email', 'signers[0].name', 'signers[0].notes', 'signers[0].dueAt'] as const

/** Asking one person, with all that is known of them. */
export function usePerson(docId: () => string, form: Ref<HTMLFormElement | null>) {
  const { expire } = useSignersCache()
  const zone = useZone()
  /** `day` is YYYY-MM-DD; empty: the document's deadline */
  const person = reactive({ ...empty })
  const { errors, problem, busy, submit } = useForm(form, fields)
  /** What would be lost by closing */
  const dirty = computed(() => Object.values(person).some((value) => value.trim() !== ''))

  /** `done` hears how many were added: none when they are asked already. */
  const ask = (done: (added: number) => void) =>
    submit(
      async () => {
        const { email, day } = person
        const [name, notes] = [person.name.trim(), person.notes.trim()]
        const signer = {
          email,
          ...(name && { name }),
          ...(notes && { notes }),
          ...(day && { dueAt: endOfDay(day, zone.value) }),
        }
        const path = { docId: docId() }
        const { added } = await call('post', '/api/v1/documents/{docId}/signers', {
          path,
          body: { signers: [signer] },
        })
        expire(path.docId)
        done(added)
      },
      () => (person.email.trim() ? {} : { 'signers[0].email': 'field.required' }),
    )

  function reset(): void {
    Object.assign(person, empty)
    errors.value = {}
    problem.value = null
  }

  return { person, errors, problem, busy, dirty, ask, reset }
}

export type AskedPerson = ReturnType<typeof usePerson>
