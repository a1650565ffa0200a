import { describe, expect, it } from 'vitest'
import { layOut, readLetter } from './letter'

const html = `<!doctype html><html lang="de"><head><style>
.ink { color: #eee !important; }
</style></head><body class="paper" style="margin:0"><p style="color:#24272e">Guten Tag &lt;b style=x&gt;</p>
<a class="button" href="https://ackify.acme.example/d/x" style="padding:1px">Lesen</a>
<img src="cid:logo" alt="Acme"><img src="data:image/png;base64,AA" alt="Pixel">
<script>alert(1)</script></body></html>`

describe('an email in a frame', () => {
  it('is read without any style that the browser would report', () => {
    const { page, css } = readLetter(html)
    expect(page.querySelectorAll('[style], style, script')).toHaveLength(0)
    expect(css).toContain('.ink { color: #eee !important; }')
    expect(page.querySelector('p')?.textContent).toBe('Guten Tag <b style=x>')
  })

  it('leads nowhere, and shows only pictures that came along', () => {
    const { page } = readLetter(html)
    expect(page.querySelectorAll('[href]')).toHaveLength(0)
    expect(page.querySelector('a')?.title).toBe('https://ackify.acme.example/d/x')
    expect([...page.querySelectorAll('img')].map((image) => image.getAttribute('src'))).toEqual([
      null,
      'data:image/png;base64,AA',
    ])
  })

  it('looks as its author meant it', () => {
    const page = document.implementation.createHTMLDocument('')
    layOut(readLetter(html), page)
    expect(page.documentElement.lang).toBe('de')
    expect(page.querySelector('p')?.style.color).toBe('#24272e')
    expect(page.body.style.margin).toMatch(/^0/)
    expect(page.querySelector('[data-look]')).toBeNull()
  })
})
