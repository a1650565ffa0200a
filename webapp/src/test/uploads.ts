import { vi } from 'vitest'
import { problem } from './server'

/** One file on its way, as the test's server sees it. */
export interface Sending {
  path: string
  query: URLSearchParams
  form: FormData
  headers: Record<string, string>
  aborted: boolean
  progress: (sent: number, total: number) => void
  answer: (response: Response) => Promise<void>
  refuse: (status: number, code: string, more?: object) => Promise<void>
  breakOff: () => void
}

/** Stands in for the server's side of uploads, which do not go by fetch. The test answers each one itself. */
export function takeUploads(): Sending[] {
  const log: Sending[] = []
  class FakeRequest {
    upload: { onprogress?: (event: object) => void } = {}
    onload?: () => void
    onerror?: () => void
    onabort?: () => void
    onloadend?: () => void
    status = 0
    responseText = ''
    private path = ''
    private query = new URLSearchParams()
    private headers: Record<string, string> = {}
    private requestId: string | null = null
    private sending: Sending | undefined

    open(_method: string, url: string) {
      const { pathname, searchParams } = new URL(url)
      this.path = pathname.replace('/api/v1', '')
      this.query = searchParams
    }
    setRequestHeader(name: string, value: string) {
      this.headers[name] = value
    }
    getResponseHeader() {
      return this.requestId
    }
    abort() {
      if (this.sending) this.sending.aborted = true
      this.onabort?.()
      this.onloadend?.()
    }
    send(form: FormData) {
      const answer = async (response: Response) => {
        this.status = response.status
        this.requestId = response.headers.get('X-Request-Id')
        this.responseText = await response.text()
        this.onload?.()
        this.onloadend?.()
      }
      this.sending = {
        path: this.path,
        query: this.query,
        form,
        headers: this.headers,
        aborted: false,
        progress: (loaded, total) => this.upload.onprogress?.({ lengthComputable: true, loaded, total }),
        answer,
        refuse: (status, code, more) => answer(problem(status, code, more)),
        breakOff: () => {
          this.onerror?.()
          this.onloadend?.()
        },
      }
      log.push(this.sending)
    }
  }
  vi.stubGlobal('XMLHttpRequest', FakeRequest)
  return log
}
