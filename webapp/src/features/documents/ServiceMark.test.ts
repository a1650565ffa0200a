import { render, screen, waitFor } from '@testing-library/vue'
import { describe, expect, it } from 'vitest'
import ServiceMark from './ServiceMark.vue'
import { serviceOutline } from './serviceIcons'

const marked =
  'google-docs google-sheets google-slides google-drive notion confluence jira dropbox box github gitlab figma miro airtable coda gitbook nextcloud youtube vimeo'

describe('the mark of a service', () => {
  it.each(marked.split(' '))('is there for %s', (id) => expect(serviceOutline(id)).toMatch(/^[Mm]/))

  it('stands beside its name, in the colour of the text', async () => {
    const { container, rerender } = render(ServiceMark, {
      props: { service: { id: 'notion', name: 'Notion' } },
    })
    expect(screen.getByText('Notion')).toBeTruthy()
    await waitFor(() => expect(container.querySelector('path[fill=currentColor]')).toBeTruthy())
    await rerender({ service: { id: 'bookstack', name: 'BookStack' } })
    await waitFor(() => expect(container.querySelector('path[fill=currentColor]')).toBeNull())
    expect(screen.getByText('BookStack')).toBeTruthy()
    expect(container.querySelector('svg')).toBeTruthy()
  })
})
