import userEvent from '@testing-library/user-event'
import { screen, waitFor } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import { mount } from '@/test/mount'
import { aDocument, aUser, json, serve } from '@/test/server'
import OpenReference from './OpenReference.vue'

const open = (canCreateDocuments: boolean) =>
  mount(OpenReference, {
    props: { reference: 'handbook' },
    path: '/?doc=handbook',
    user: { ...aUser, canCreateDocuments },
  })

describe('a link that names a document', () => {
  it('leads to it', async () => {
    const sent = serve({ 'GET /documents': () => json({ items: [aDocument] }) })
    const { router } = await open(false)
    await waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/d/policy-2026'))
    expect(sent[0]?.query.get('reference')).toBe('handbook')
  })

  it('tells whom to ask when there is none', async () => {
    serve({ 'GET /documents': () => json({ items: [] }) })
    await open(false)
    expect(await screen.findByText('handbook')).toBeTruthy()
    expect(screen.getByText(/Ask the person who sent you this link/)).toBeTruthy()
    expect(screen.queryByRole('button', { name: 'Create document' })).toBeNull()
  })

  it('lets whoever may create it', async () => {
    const sent = serve({
      'GET /documents': () => json({ items: [] }),
      'POST /documents': () => json({ ...aDocument, docId: 'handbook', canManage: true }, 201),
    })
    const { router } = await open(true)
    await userEvent.type(await screen.findByLabelText(/Title/), 'The handbook')
    await userEvent.click(screen.getByRole('button', { name: 'Create document' }))
    await waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/d/handbook'))
    expect(sent.at(-1)?.body).toEqual({ reference: 'handbook', title: 'The handbook' })
  })
})
