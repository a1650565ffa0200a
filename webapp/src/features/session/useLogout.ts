import { useRouter } from 'vue-router'
import { useToasts } from '@/composables/toasts'
import { problemText } from '@/services/errors'
import { asProblem } from '@/services/problem'
import { useSession } from '@/stores/session'

export function useLogout() {
  const session = useSession()
  const router = useRouter()

  return async function logOut(): Promise<void> {
    let elsewhere: string | undefined
    try {
      elsewhere = await session.logOut()
    } catch (error) {
      // Whoever believes to be logged out must be.
      useToasts().toast(problemText(asProblem(error)))
      return
    }
    await router.push({ name: 'login' })
    if (elsewhere) window.location.assign(elsewhere)
  }
}
