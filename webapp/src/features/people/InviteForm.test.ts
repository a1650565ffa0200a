import userEvent from '@testing-library/user-event'
import { screen, waitFor } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { mount } from '@/test/mount'
import { json, problem, serve } from '@/test/server'
import InviteForm from './InviteForm.vue'

describe('inviting a person', () => {
  it('shows what the server says about a field at that field', async () => {
    const errors = [{ field: 'email', code: 'email.invalid', detail: 'not an address' }]
    serve({ 'POST /invitations': () => problem(422, 'email.invalid', { errors }) })
    await mount(InviteForm)
    const email = screen.getByLabelText('Email')
    await userEvent.type(email, 'nobody')
    await userEvent.click(screen.getByRole('button', { name: 'Invite' }))
    await waitFor(() => expect(document.activeElement).toBe(email))
    const described = document.getElementById(email.getAttribute('aria-describedby')!)
    expect(described?.textContent).toBe('Enter an email address, such as name@example.com.')
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('shows above the form what is about no field', async () => {
    serve({ 'POST /invitations': () => problem(409, 'invitation.user_exists') })
    await mount(InviteForm)
    await userEvent.type(screen.getByLabelText('Email'), 'sam@acme.example')
    await userEvent.click(screen.getByRole('button', { name: 'Invite' }))
    expect((await screen.findByRole('alert')).textContent).toContain('already has an account')
  })

  it('sends only what was filled in', async () => {
    const sent = serve({ 'POST /invitations': () => json({ url: 'https://ackify.example/invite/x' }, 201) })
    const { emitted } = await mount(InviteForm)
    await userEvent.type(screen.getByLabelText('Email'), 'sam@acme.example')
    await userEvent.selectOptions(screen.getByLabelText('Role'), 'author')
    await userEvent.click(screen.getByRole('button', { name: 'Invite' }))
    await waitFor(() => expect(emitted()).toHaveProperty('invited'))
    expect(sent[0]?.body).toEqual({ email: 'sam@acme.example', role: 'author' })
  })
})
