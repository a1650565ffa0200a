import { shallowRef } from 'vue'
import type { Ref } from 'vue'
import { useForm } from '@/composables/form'
import { call } from '@/services/http'
import { asProblem } from '@/services/problem'
import type { SignersAdded } from '@/services/types'

/** One of the pasted people whom the server does not accept, and the code that says why. */
export interface WrongMember {
  piece: string
  code: string
}

/** Adds people to a group, and finds those again in what was pasted who are refused. */
export function useAddMembers(form: Ref<HTMLFormElement | null>) {
  const wrong = shallowRef<WrongMember[]>([])
  const { errors, problem, busy, submit } = useForm(form, ['people'])

  /** Answers nothing when it was refused. */
  async function add(groupId: string, people: string[]): Promise<SignersAdded | undefined> {
    let outcome: SignersAdded | undefined
    wrong.value = []
    await submit(
      async () => {
        try {
          outcome = await call('post', '/api/v1/groups/{groupId}/members', {
            path: { groupId },
            body: { members: people.map((email) => ({ email })) },
          })
        } catch (error) {
          wrong.value = found(error, people)
          throw error
        }
      },
      () => (people.length === 0 ? { people: 'field.required' } : {}),
    )
    return outcome
  }
  return { add, wrong, errors, problem, busy }
}

function found(error: unknown, people: string[]): WrongMember[] {
  return asProblem(error).errors.flatMap(({ field, code }) => {
    const index = /^members\[(\d+)\]/.exec(field ?? '')?.[1]
    const piece = index === undefined ? undefined : people[Number(index)]
    return piece === undefined ? [] : [{ piece, code }]
  })
}
