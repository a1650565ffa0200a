import { screen } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import SignersTable from '@/features/documents/manage/SignersTable.vue'
import DoneCard from '@/features/signing/DoneCard.vue'
import { mount, violations } from '@/test/mount'
import { aDocument, aSignature } from '@/test/server'
import SignatureTable from './SignatureTable.vue'

const erased = { ...aSignature, erased: true, userEmail: 'erased:1284', userName: 'erased:1284' }

describe('the acknowledgement of somebody who was erased', () => {
  it('names nobody and offers no proof among those who have signed', async () => {
    const { container } = await mount(SignersTable, {
      props: { signatures: [erased, aSignature], material: 1 },
    })
    expect(screen.getByText('Erased person')).toBeTruthy()
    expect(screen.getByText('content erased')).toBeTruthy()
    expect(screen.queryByText(/erased:/)).toBeNull()
    expect(screen.getAllByRole('link', { name: /Receipt/ })).toHaveLength(1)
    expect(await violations(container)).toEqual([])
  })

  it('offers no proof in a list of documents', async () => {
    await mount(SignatureTable, { props: { signatures: [erased] } })
    expect(screen.getByText(aSignature.docTitle)).toBeTruthy()
    expect(screen.queryByRole('link', { name: /Receipt|Certificate/ })).toBeNull()
  })

  it('is explained where it is shown alone', async () => {
    await mount(DoneCard, { props: { document: aDocument, signature: erased, justNow: false } })
    expect(screen.getByText(/was erased at the person’s request/)).toBeTruthy()
    expect(screen.getByText('Erased person')).toBeTruthy()
    expect(screen.queryByRole('link', { name: /Download/ })).toBeNull()
  })
})
