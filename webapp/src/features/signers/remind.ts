import { inject, provide } from 'vue'
import type { InjectionKey } from 'vue'

/** Begins to remind: these addresses, or without any everybody who is missing. */
export type Remind = (emails?: string[]) => void

const remindKey: InjectionKey<Remind> = Symbol('remind')

/** What happens when somebody asks, anywhere below, that people be reminded. */
export const provideRemind = (remind: Remind): void => provide(remindKey, remind)

/** Null where nobody can be reminded: then nothing offers it. */
export const useRemind = (): Remind | null => inject(remindKey, null)
