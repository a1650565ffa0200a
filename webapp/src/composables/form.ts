import { nextTick, ref, shallowRef } from 'vue'
import type { Ref } from 'vue'
import { asProblem } from '@/services/problem'
import type { ApiProblem } from '@/services/problem'

export type FieldCodes<F extends string> = Partial<Record<F, string>>

/**
 * One form's sending: runs once at a time, keeps what the server says about each field, and moves the focus to the
 * first field at fault. What is about no field of this form stays in `problem`.
 */
export function useForm<F extends string>(form: Ref<HTMLFormElement | null>, fields: readonly F[]) {
  const errors = ref<FieldCodes<F>>({}) as Ref<FieldCodes<F>>
  const problem = shallowRef<ApiProblem | null>(null)
  const busy = ref(false)

  async function submit(action: () => Promise<void>, check: () => FieldCodes<F> = () => ({})): Promise<void> {
    if (busy.value) return
    problem.value = null
    errors.value = check()
    if (Object.keys(errors.value).length > 0) return focusFirstInvalid()
    busy.value = true
    try {
      await action()
    } catch (error) {
      explain(asProblem(error))
      await focusFirstInvalid()
    } finally {
      busy.value = false
    }
  }

  function explain(cause: ApiProblem): void {
    const found: FieldCodes<F> = {}
    for (const { field, code } of cause.errors) {
      const name = fields.find((candidate) => candidate === field)
      if (name) found[name] ??= code
    }
    errors.value = found
    if (Object.keys(found).length === 0) problem.value = cause
  }

  async function focusFirstInvalid(): Promise<void> {
    await nextTick()
    form.value?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }

  return { errors, problem, busy, submit }
}

/** Codes for the fields that were left empty. */
export function required<F extends string>(values: Record<F, string>): FieldCodes<F> {
  const missing: FieldCodes<F> = {}
  for (const field of Object.keys(values) as F[]) {
    if (values[field].trim() === '') missing[field] = 'field.required'
  }
  return missing
}
