import { t } from '@/i18n'
import type { PublicConfig } from '@/services/types'

/** How somebody came in, in words. `provider` is its label; without one, what the configuration says of `method`. */
export function methodText(
  method: string,
  { provider, config }: { provider?: string | undefined; config?: PublicConfig | undefined } = {},
): string {
  if (method === 'password') return t('methods.password')
  if (method === 'magic_link') return t('methods.magicLink')
  if (method === 'setup') return t('methods.setup')
  if (method === 'invitation') return t('methods.invitation')
  const label = provider || config?.providers.find(({ id }) => id === method)?.label
  return t('methods.provider', { provider: label || method })
}
