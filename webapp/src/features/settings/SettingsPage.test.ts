import userEvent from '@testing-library/user-event'
import { screen, within } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { fetchAreas } from '@/i18n'
import SettingsPage from '@/pages/SettingsPage.vue'
import type { Finding, Setting, User } from '@/services/types'
import { mount, violations } from '@/test/mount'
import { aUser, json, problem, serve } from '@/test/server'
import type { Handler } from '@/test/server'

const settings: Setting[] = [
  {
    name: 'ACKIFY_ORGANISATION',
    group: 'server',
    value: 'Acme',
    secret: false,
    set: true,
    source: 'environment',
  },
  { name: 'ACKIFY_SIGNING_KEY', group: 'keys', secret: true, set: true, source: 'data_directory' },
  { name: 'ACKIFY_MAIL_PASSWORD', group: 'mail', secret: true, set: false, source: 'default' },
]
const findings: Finding[] = [
  { check: 'database', level: 'ok', text: 'reached; PostgreSQL 18.1' },
  { check: 'proxy', level: 'wrong', text: 'it is not trusted', remedy: 'ACKIFY_TRUSTED_PROXIES=172.18.0.1' },
]

async function open(role: User['role'], more: Record<string, Handler> = {}) {
  const sent = serve({ 'GET /admin/settings': () => json({ items: settings }), ...more })
  await fetchAreas(['admin', 'settings'])
  const view = await mount(SettingsPage, { path: '/admin/settings', user: { ...aUser, role } })
  return { sent, ...view }
}

describe('the settings', () => {
  it('show each variable with its value and where it comes from, secrets only as set or not', async () => {
    const { container } = await open('auditor')
    const row = async (name: string) => within((await screen.findByText(name)).closest('tr')!)
    expect((await row('ACKIFY_ORGANISATION')).getByText('Acme')).toBeTruthy()
    expect((await row('ACKIFY_ORGANISATION')).getByText('environment')).toBeTruthy()
    expect((await row('ACKIFY_ORGANISATION')).getByText('The name that people see everywhere.')).toBeTruthy()
    expect((await row('ACKIFY_SIGNING_KEY')).getByText('set')).toBeTruthy()
    expect((await row('ACKIFY_SIGNING_KEY')).getByText('data directory')).toBeTruthy()
    expect((await row('ACKIFY_MAIL_PASSWORD')).getByText('not set')).toBeTruthy()
    expect(screen.queryByRole('heading', { name: 'Ledger' }), 'a group without settings').toBeNull()
    expect(screen.queryByRole('button', { name: 'Run all checks' }), 'an auditor tries nothing').toBeNull()
    expect(await violations(container)).toEqual([])
  })

  it('are tried by an admin, who reads what is wrong and how to mend it', async () => {
    const { container, sent } = await open('admin', {
      'POST /admin/settings/tests': () => json({ worst: 'wrong', findings }),
    })
    await userEvent.click(await screen.findByRole('button', { name: 'Run all checks' }))
    expect(await screen.findByText('Something is wrong.')).toBeTruthy()
    expect(screen.getByText('ACKIFY_TRUSTED_PROXIES=172.18.0.1')).toBeTruthy()
    expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({ subject: 'all' })
    expect(await violations(container)).toEqual([])
  })

  it('say when something cannot be tried just now', async () => {
    await open('admin', { 'POST /admin/settings/tests': () => problem(429, 'rate.limited') })
    await userEvent.click(await screen.findByRole('button', { name: 'Send me a test email' }))
    expect(await screen.findByRole('alert')).toBeTruthy()
  })

  it('say when they cannot be read', async () => {
    await open('auditor', { 'GET /admin/settings': () => problem(503, 'database.unavailable') })
    expect((await screen.findByRole('alert')).textContent).toContain('cannot reach its database')
  })
})
