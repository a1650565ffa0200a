import type { RouteRecordRaw } from 'vue-router'
import { oversees, seesDocuments, seesGroups } from '@/features/session/access'
import { t } from '@/i18n'
import type { Area } from '@/i18n'
import type { User } from '@/services/types'

declare module 'vue-router' {
  interface RouteMeta {
    /** The page's title, in the language in use. A page that knows better says so with usePageTitle. */
    title: () => string
    /** The areas of messages that the page needs besides the core. */
    messages?: Area[]
    session?: 'required'
    /** Who may see the page; everybody else is told so in plain words. */
    access?: (user: User) => boolean
    /** The page does all it does without the server, and is shown even when nobody can say who is logged in. */
    offline?: true
  }
}

export const routes: RouteRecordRaw[] = [
  {
    path: '/',
    name: 'home',
    component: () => import('@/pages/HomePage.vue'),
    meta: { title: () => t('home.title') },
  },
  {
    path: '/d/:docId',
    name: 'document',
    component: () => import('@/pages/DocumentPage.vue'),
    props: true,
    meta: { title: () => t('document.title'), session: 'required' },
  },
  {
    path: '/signatures',
    name: 'signatures',
    component: () => import('@/pages/SignaturesPage.vue'),
    meta: { title: () => t('signatures.title'), session: 'required' },
  },
  {
    path: '/documents',
    name: 'documents',
    component: () => import('@/pages/DocumentsPage.vue'),
    meta: {
      title: () => t('documents.title'),
      messages: ['documents'],
      session: 'required',
      access: seesDocuments,
    },
  },
  {
    // Who may see it is told by the document itself.
    path: '/documents/:docId',
    alias: '/admin/documents/:docId',
    name: 'manage-document',
    component: () => import('@/pages/ManageDocumentPage.vue'),
    props: true,
    meta: { title: () => t('document.title'), messages: ['documents', 'signers'], session: 'required' },
  },
  {
    path: '/documents/:docId/reminders/:reminderId(\\d+)',
    name: 'document-email',
    component: () => import('@/pages/ReminderPage.vue'),
    props: true,
    meta: { title: () => t('emails.title'), messages: ['mail'], session: 'required' },
  },
  {
    path: '/admin/people',
    name: 'people',
    component: () => import('@/pages/PeoplePage.vue'),
    meta: {
      title: () => t('people.title'),
      messages: ['admin'],
      session: 'required',
      access: oversees,
    },
  },
  {
    path: '/admin/groups',
    name: 'groups',
    component: () => import('@/pages/GroupsPage.vue'),
    meta: {
      title: () => t('groups.title'),
      messages: ['documents', 'groups'],
      session: 'required',
      access: seesGroups,
    },
  },
  {
    path: '/admin/groups/:groupId',
    name: 'group',
    component: () => import('@/pages/GroupPage.vue'),
    props: true,
    meta: {
      title: () => t('groups.title'),
      messages: ['documents', 'groups'],
      session: 'required',
      access: seesGroups,
    },
  },
  {
    path: '/admin/emails',
    name: 'emails',
    component: () => import('@/pages/EmailsPage.vue'),
    meta: {
      title: () => t('emails.title'),
      messages: ['admin', 'mail'],
      session: 'required',
      access: oversees,
    },
  },
  {
    path: '/admin/emails/:emailId(\\d+)',
    name: 'email',
    component: () => import('@/pages/EmailPage.vue'),
    props: true,
    meta: {
      title: () => t('emails.title'),
      messages: ['admin', 'mail'],
      session: 'required',
      access: oversees,
    },
  },
  {
    path: '/verify',
    name: 'verify',
    component: () => import('@/pages/VerifyPage.vue'),
    meta: { title: () => t('verify.title'), messages: ['verify'], offline: true },
  },
  {
    path: '/admin/ledger',
    name: 'ledger',
    component: () => import('@/pages/LedgerPage.vue'),
    meta: {
      title: () => t('ledger.title'),
      messages: ['admin'],
      session: 'required',
      access: oversees,
    },
  },
  {
    path: '/admin/settings',
    name: 'settings',
    component: () => import('@/pages/SettingsPage.vue'),
    meta: {
      title: () => t('settings.title'),
      messages: ['admin', 'settings'],
      session: 'required',
      access: oversees,
    },
  },
  {
    path: '/admin/audit',
    name: 'audit',
    component: () => import('@/pages/AuditPage.vue'),
    meta: {
      title: () => t('audit.title'),
      messages: ['admin', 'audit'],
      session: 'required',
      access: oversees,
    },
  },
  {
    path: '/login',
    name: 'login',
    component: () => import('@/pages/LoginPage.vue'),
    meta: { title: () => t('login.title') },
  },
  {
    path: '/setup',
    name: 'setup',
    component: () => import('@/pages/SetupPage.vue'),
    meta: { title: () => t('setup.title'), messages: ['join'] },
  },
  {
    path: '/invite/:token',
    name: 'invite',
    component: () => import('@/pages/InvitePage.vue'),
    props: true,
    meta: { title: () => t('invite.title'), messages: ['join'] },
  },
  {
    path: '/link',
    name: 'link',
    component: () => import('@/pages/LinkPage.vue'),
    meta: { title: () => t('link.title'), messages: ['join'] },
  },
  {
    path: '/reset',
    name: 'reset',
    component: () => import('@/pages/ResetPage.vue'),
    meta: { title: () => t('forgot.title'), messages: ['join'] },
  },
  {
    path: '/register',
    name: 'register',
    component: () => import('@/pages/RegisterPage.vue'),
    meta: { title: () => t('login.create'), messages: ['join'] },
  },
  {
    path: '/account',
    name: 'account',
    component: () => import('@/pages/AccountPage.vue'),
    meta: { title: () => t('account.title'), messages: ['account'], session: 'required' },
  },
  {
    path: '/:unknown(.*)*',
    name: 'not-found',
    component: () => import('@/pages/NotFoundPage.vue'),
    meta: { title: () => t('notFound.title') },
  },
]
