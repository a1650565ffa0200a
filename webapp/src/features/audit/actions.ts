import { t } from '@/i18n'

/** What each action of the server's trail is called. One that is not here goes by its own name. */
const names: Record<string, () => string> = {
  'login.succeeded': () => t('audit.act.loggedIn'),
  'login.failed': () => t('audit.act.loginFailed'),
  'session.ended': () => t('audit.act.loggedOut'),
  'session.device_changed': () => t('audit.act.deviceChanged'),
  'session.provider_ended': () => t('audit.act.providerEnded'),
  'account.created': () => t('audit.act.accountCreated'),
  'account.verified': () => t('audit.act.verified'),
  'account.profile_changed': () => t('audit.act.profileChanged'),
  'account.role_changed': () => t('audit.act.roleChanged'),
  'account.deactivated': () => t('audit.act.deactivated'),
  'account.reactivated': () => t('audit.act.reactivated'),
  'account.password_changed': () => t('audit.act.passwordChanged'),
  'account.identity_linked': () => t('audit.act.identityLinked'),
  'account.unverified_deleted': () => t('audit.act.unverifiedDeleted'),
  'invitation.created': () => t('audit.act.invited'),
  'invitation.withdrawn': () => t('audit.act.invitationWithdrawn'),
  'link.handed_over': () => t('audit.act.linkHandedOver'),
  'link.sent': () => t('audit.act.linkSent'),
  'token.created': () => t('audit.act.tokenCreated'),
  'token.revoked': () => t('audit.act.tokenRevoked'),
  'token.reused': () => t('audit.act.tokenReused'),
  'erasure.requested': () => t('audit.act.erasureRequested'),
  'erasure.withdrawn': () => t('audit.act.erasureWithdrawn'),
  'erasure.completed': () => t('audit.act.erased'),
  'document.created': () => t('audit.act.documentCreated'),
  'document.changed': () => t('audit.act.documentChanged'),
  'document.updated': () => t('audit.act.documentUpdated'),
  'document.deleted': () => t('audit.act.documentDeleted'),
  'document.restored': () => t('audit.act.documentRestored'),
  'document.remote_changed': () => t('audit.act.documentRemoteChanged'),
  'reminders.sent': () => t('audit.act.reminded'),
  'schedule.changed': () => t('audit.act.scheduleChanged'),
  'email.retried': () => t('audit.act.emailRetried'),
  'email.cancelled': () => t('audit.act.emailCancelled'),
  'signers.added': () => t('audit.act.signersAdded'),
  'signers.withdrawn': () => t('audit.act.signersWithdrawn'),
  'signers.changed': () => t('audit.act.signerChanged'),
  'deadline.changed': () => t('audit.act.deadlineChanged'),
  'group.created': () => t('audit.act.groupCreated'),
  'group.renamed': () => t('audit.act.groupRenamed'),
  'group.deleted': () => t('audit.act.groupDeleted'),
  'group.members_added': () => t('audit.act.membersAdded'),
  'group.member_removed': () => t('audit.act.memberRemoved'),
  'group.asked': () => t('audit.act.groupAsked'),
  'group.released': () => t('audit.act.groupReleased'),
  'ledger.check_started': () => t('audit.act.ledgerCheck'),
  'ledger.key_rotated': () => t('audit.act.keyRotated'),
  'ledger.accepted': () => t('audit.act.ledgerAccepted'),
  'settings.tested': () => t('audit.act.settingsTested'),
}

export const actionText = (action: string): string => names[action]?.() ?? action

/** What actions begin with, up to their dot: what they are about. */
const groups = {
  '': () => t('audit.group.all'),
  login: () => t('audit.group.login'),
  session: () => t('audit.group.session'),
  account: () => t('audit.group.account'),
  invitation: () => t('audit.group.invitation'),
  token: () => t('audit.group.token'),
  link: () => t('audit.group.link'),
  erasure: () => t('audit.group.erasure'),
  document: () => t('audit.group.document'),
  reminders: () => t('audit.group.reminders'),
  schedule: () => t('audit.group.schedule'),
  email: () => t('audit.group.email'),
  signers: () => t('audit.group.signers'),
  deadline: () => t('audit.group.deadline'),
  group: () => t('audit.group.group'),
  ledger: () => t('audit.group.ledger'),
  settings: () => t('audit.group.settings'),
}
export type Group = keyof typeof groups

export const isGroup = (value: string): value is Group => Object.hasOwn(groups, value)

export const groupOptions = (): { value: Group; label: string }[] =>
  (Object.keys(groups) as Group[]).map((value) => ({ value, label: groups[value]() }))
