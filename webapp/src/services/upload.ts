import { serverUrl } from './base'
import { asShownUser, heed } from './http'
import { ApiProblem, NETWORK_UNREACHABLE } from './problem'

export interface UploadOptions {
  signal: AbortSignal
  /** How much has been sent, from 0 to 1 */
  onProgress: (sent: number) => void
}

/**
 * Sends a form with a file. `fetch` does not say how much of it has gone out, so this one is an XMLHttpRequest; its
 * errors and what they call for are those of every other call. Throws the signal's reason when it was cancelled.
 */
export async function upload<T>(path: string, form: FormData, options: UploadOptions): Promise<T> {
  try {
    const response = await asShownUser((csrf, user) => {
      const headers = { 'X-CSRF-Token': csrf, ...(user !== undefined && { 'X-Expected-User': user }) }
      return transmit(serverUrl(path), form, headers, options)
    })
    return (await response.json()) as T
  } catch (error) {
    await heed(error)
    throw error
  }
}

function transmit(
  url: string,
  form: FormData,
  headers: Record<string, string>,
  { signal, onProgress }: UploadOptions,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const request = new XMLHttpRequest()
    const cancel = () => request.abort()
    signal.addEventListener('abort', cancel)
    request.upload.onprogress = ({ lengthComputable, loaded, total }) => {
      if (lengthComputable && total > 0) onProgress(loaded / total)
    }
    request.onabort = () => reject(signal.reason)
    request.onerror = () => reject(new ApiProblem({ code: NETWORK_UNREACHABLE, status: 0 }))
    request.onload = () => {
      const response = answer(request)
      if (response.ok) resolve(response)
      else ApiProblem.from(response).then(reject, reject)
    }
    request.onloadend = () => signal.removeEventListener('abort', cancel)
    request.open('POST', url)
    request.setRequestHeader('Accept', 'application/json')
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.send(form)
  })
}

function answer(request: XMLHttpRequest): Response {
  const requestId = request.getResponseHeader('X-Request-Id')
  return new Response(request.responseText, {
    status: request.status,
    headers: requestId ? { 'X-Request-Id': requestId } : {},
  })
}
