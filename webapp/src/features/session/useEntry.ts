import { useRouter } from 'vue-router'
import { safeNext } from '@/router/next'
import { forgetWanted, wantedPlace } from '@/router/wanted'
import type { LoggedIn } from '@/services/types'
import { useSession } from '@/stores/session'

/** Goes on as the person whom the server has just let in, to where they wanted to go. */
export function useEntry() {
  const session = useSession()
  const router = useRouter()

  return async function enter({ user, redirectTo }: LoggedIn): Promise<void> {
    await session.begin(user)
    const place = safeNext(redirectTo)
    await router.replace(place === '/' ? (wantedPlace() ?? '/') : place)
    forgetWanted()
  }
}
