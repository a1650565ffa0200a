import { useRouter } from 'vue-router'
import type { RouteLocationRaw } from 'vue-router'
import { useToasts } from '@/composables/toasts'
import { problemText } from '@/services/errors'
import { asProblem } from '@/services/problem'
import { useSession } from '@/stores/session'

export function useLogout() {
  const session = useSession()
  const router = useRouter()

  /** `then`: where to go, without it to log in. */
  return async function logOut(then: RouteLocationRaw = { name: 'login' }): Promise<void> {
    let elsewhere: string | undefined
    try {
      elsewhere = await session.logOut()
    } catch (error) {
      // Whoever believes to be logged out must be.
      useToasts().toast(problemText(asProblem(error)))
      return
    }
    await router.push(then)
    if (elsewhere) window.location.assign(elsewhere)
  }
}
