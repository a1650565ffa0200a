import { expect, it } from 'vitest'
import { keepDraft, takeDraft } from './draft'

it('gives a draft back once, and only to whom it belongs', () => {
  const draft = {
    owner: 'u8',
    way: 'reference' as const,
    reference: 'handbook',
    title: 'The handbook',
    description: '',
  }
  keepDraft(draft)
  expect(takeDraft('u8')).toEqual(draft)
  expect(takeDraft('u8')).toBeUndefined()
  keepDraft(draft)
  expect(takeDraft('u9')).toBeUndefined()
  expect(takeDraft('u8')).toBeUndefined()
})
