import { computed, inject, provide, toValue } from 'vue'
import type { ComputedRef, InjectionKey, MaybeRefOrGetter } from 'vue'

/** Begins to remind: these addresses, or without any everybody who is missing. */
export type Remind = (emails?: string[]) => void

const remindKey: InjectionKey<ComputedRef<Remind | null>> = Symbol('remind')

/** What happens when somebody asks, anywhere below, that people be reminded; null while nobody can be. */
export function provideRemind(remind: MaybeRefOrGetter<{ remind: Remind } | null>): void {
  provide(
    remindKey,
    computed(() => toValue(remind)?.remind ?? null),
  )
}

/** Null where nobody can be reminded: then nothing offers it. */
export const useRemind = (): ComputedRef<Remind | null> =>
  inject(
    remindKey,
    computed(() => null),
  )
