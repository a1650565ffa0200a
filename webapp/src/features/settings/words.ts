import type { Tone } from '@/components/ui/tone'
import { i18n, t } from '@/i18n'
import type { FindingLevel, Setting } from '@/services/types'

export type SettingGroup = Setting['group']

/** What settings are about, in the order of the page. */
export const groups: Record<SettingGroup, () => { title: string; text: string }> = {
  server: () => ({ title: t('settings.group.server.title'), text: t('settings.group.server.text') }),
  database: () => ({ title: t('settings.group.database.title'), text: t('settings.group.database.text') }),
  keys: () => ({ title: t('settings.group.keys.title'), text: t('settings.group.keys.text') }),
  access: () => ({ title: t('settings.group.access.title'), text: t('settings.group.access.text') }),
  providers: () => ({ title: t('settings.group.providers.title'), text: t('settings.group.providers.text') }),
  mail: () => ({ title: t('settings.group.mail.title'), text: t('settings.group.mail.text') }),
  files: () => ({ title: t('settings.group.files.title'), text: t('settings.group.files.text') }),
  ledger: () => ({ title: t('settings.group.ledger.title'), text: t('settings.group.ledger.text') }),
}

/** What a variable does, in a sentence; the same for each log-in service. Nothing for one that is newer than these words. */
export function variableText({ name }: Setting): string {
  const key = `variables.${name.replace(/^ACKIFY_OIDC_[A-Z0-9]+_/, 'ACKIFY_OIDC_')}`
  // eslint-disable-next-line @intlify/vue-i18n/no-dynamic-keys -- a test finds every variable without one
  return i18n.global.te(key) ? t(key) : ''
}

const sources: Record<Setting['source'], () => string> = {
  default: () => t('settings.from.default'),
  environment: () => t('settings.from.environment'),
  file: () => t('settings.from.file'),
  data_directory: () => t('settings.from.dataDirectory'),
}
export const sourceText = ({ source }: Setting): string => sources[source]()

export const levels: Record<FindingLevel, { tone: Tone; text: () => string }> = {
  ok: { tone: 'done', text: () => t('settings.level.ok') },
  warning: { tone: 'due', text: () => t('settings.level.warning') },
  wrong: { tone: 'over', text: () => t('settings.level.wrong') },
  skipped: { tone: 'wait', text: () => t('settings.level.skipped') },
}

export function outcomeText(worst: FindingLevel): string {
  if (worst === 'wrong') return t('settings.tests.wrong')
  return worst === 'warning' ? t('settings.tests.warning') : t('settings.tests.ok')
}
