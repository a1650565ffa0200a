import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { forgetTokens } from '@/features/links/keptTokens'
import { forgetAsked } from '@/features/session/asked'
import { forgetRecipient, recipient } from '@/features/session/recipient'
import { call, dropCsrfToken } from '@/services/http'
import { type ApiProblem, asProblem } from '@/services/problem'
import type { Role, User } from '@/services/types'
import { usePreferences } from './preferences'

/** Who is logged in. `user` is null when nobody is; before `load` has ended it is null too. */
export const useSession = defineStore('session', () => {
  const user = ref<User | null>(null)
  const loadProblem = shallowRef<ApiProblem | null>(null)
  /** Counts how often another person has taken this page over: what was on it is not theirs. */
  const takeovers = ref(0)
  /** What to say after that: whether something was refused, or it was noticed before anything was pressed. */
  const takeoverNote = ref<'refused' | 'noticed' | null>(null)
  /** Whom a mail was for whose link somebody else has opened here */
  const meantFor = ref<string | null>(null)
  let loading: Promise<void> | undefined

  function may(rule: (user: User) => boolean): boolean {
    return user.value !== null && rule(user.value)
  }

  function hasRole(...roles: Role[]): boolean {
    return may(({ role }) => roles.includes(role))
  }

  /** Asks the server once who is logged in, or `again`; a failure is kept in `loadProblem`. */
  function load(again = false): Promise<void> {
    if (again || !loading) loading = ask()
    return loading
  }

  async function ask(): Promise<void> {
    let problem: ApiProblem | null = null
    try {
      await become(await call('get', '/api/v1/users/me', { anonymous: true }))
    } catch (error) {
      problem = asProblem(error)
    }
    loadProblem.value = problem?.status === 401 ? null : problem
  }

  /**
   * Asks again: another tab may have logged in as somebody else, or out. Whoever it is now, the page shows them. When
   * the server cannot say, everything stays as it is.
   */
  async function refresh(refused = false): Promise<void> {
    const before = user.value?.id
    let now: User | null = null
    try {
      now = await call('get', '/api/v1/users/me', { anonymous: true })
    } catch (error) {
      if (asProblem(error).status !== 401) return
    }
    // This tab has logged in or out meanwhile, and knows better.
    if (user.value?.id !== before) return
    if (!now) return clear()
    if (now.id === before) {
      user.value = now
      return
    }
    if (before !== undefined) {
      takeovers.value++
      takeoverNote.value = refused ? 'refused' : 'noticed'
    }
    await begin(now)
  }

  /** The server has just said who is logged in. */
  async function begin(who: User): Promise<void> {
    forgetRecipient()
    meantFor.value = null
    await become(who)
  }

  async function become(who: User): Promise<void> {
    dropCsrfToken()
    user.value = who
    // Nobody waits for a code any more.
    forgetAsked()
    await usePreferences().setLocale(who.locale)
  }

  /** A mail's link was opened by somebody who is logged in: nobody needs to be offered another, but it may be another's. */
  function arrive(): void {
    const email = recipient()
    if (!user.value || !email) return
    meantFor.value = email.toLowerCase() === user.value.email ? null : email
    forgetRecipient()
  }

  function clear(): void {
    dropCsrfToken()
    user.value = null
    takeoverNote.value = null
    meantFor.value = null
  }

  /** Answers where the browser has to go so that the identity provider logs the person out too, if anywhere. */
  async function logOut(): Promise<string | undefined> {
    const { url } = await call('post', '/api/v1/auth/logout', { anonymous: true })
    clear()
    // Whoever uses this tab next shall not find another person's links.
    forgetTokens()
    return url
  }

  return {
    user,
    loadProblem,
    takeovers,
    takeoverNote,
    meantFor,
    may,
    hasRole,
    load,
    refresh,
    begin,
    arrive,
    clear,
    logOut,
  }
})
