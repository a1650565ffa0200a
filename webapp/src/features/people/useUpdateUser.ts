import { useQueryClient } from '@tanstack/vue-query'
import { useRouter } from 'vue-router'
import { call } from '@/services/http'
import type { ManagedUser, Role } from '@/services/types'
import { useSession } from '@/stores/session'
import { usersKey } from './queries'

/** Changes somebody's role or access. Who has changed their own is shown what is left to them. */
export function useUpdateUser() {
  const queryClient = useQueryClient()
  const session = useSession()
  const router = useRouter()

  return async function update(
    user: ManagedUser,
    body: { role?: Role; isActive?: boolean },
  ): Promise<ManagedUser> {
    const changed = await call('patch', '/api/v1/users/{userId}', { path: { userId: user.id }, body })
    if (user.id === session.user?.id) {
      await session.refresh()
      if (!session.user) await router.push({ name: 'login' })
    }
    void queryClient.invalidateQueries({ queryKey: usersKey })
    return changed
  }
}
