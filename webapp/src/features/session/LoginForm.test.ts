import userEvent from '@testing-library/user-event'
import { screen } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { mount, violations } from '@/test/mount'
import { aUser, json, problem, serve } from '@/test/server'
import { useSession } from '@/stores/session'
import LoginForm from './LoginForm.vue'

const fill = async (email: string, password: string) => {
  await userEvent.type(screen.getByLabelText('Email'), email)
  await userEvent.type(screen.getByLabelText('Password'), password)
  await userEvent.click(screen.getByRole('button', { name: 'Log in' }))
}

describe('logging in', () => {
  it('asks for what is missing, at the field, and goes there', async () => {
    const sent = serve({})
    const { container } = await mount(LoginForm)
    await userEvent.click(screen.getByRole('button', { name: 'Log in' }))
    const email = screen.getByLabelText('Email')
    expect(document.activeElement).toBe(email)
    expect(email.getAttribute('aria-invalid')).toBe('true')
    expect(document.getElementById(email.getAttribute('aria-describedby')!)?.textContent).toBe(
      'Please fill this in.',
    )
    expect(sent).toEqual([])
    expect(await violations(container)).toEqual([])
  })

  it('says when email and password do not match', async () => {
    serve({ 'POST /auth/login': () => problem(401, 'auth.invalid_credentials') })
    await mount(LoginForm)
    await fill('sam@acme.example', 'wrong')
    expect((await screen.findByRole('alert')).textContent).toContain('do not match')
    expect(useSession().user).toBeNull()
  })

  it('logs in, once, and speaks the account’s language', async () => {
    const sent = serve({ 'POST /auth/login': () => json({ ...aUser, locale: 'fr' }) })
    const { emitted } = await mount(LoginForm)
    await fill(' sam@acme.example ', 'right')
    await screen.findByRole('button', { name: 'Se connecter' })
    expect(sent.map((s) => s.body)).toEqual([{ email: 'sam@acme.example', password: 'right' }])
    expect(emitted()).toHaveProperty('done')
  })
})
