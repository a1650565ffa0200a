/** Two identity providers: a certified OpenID provider, and a plain OAuth2 server in GitHub's manner. */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

export interface IdentityProvider {
  origin: string
  /** What the server needs to offer it */
  env: Record<string, string>
  stop(): Promise<void>
}

export interface OpenIDProvider extends IdentityProvider {
  /** People, by what they type as their login; whoever is not here has no access any more */
  people: Map<string, { email: string; verified: boolean; name: string }>
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

const page = (title: string, body: string) =>
  `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1><form method="post">${body}</form>`

/** The questions of a provider: who one is (anybody in `people`, without a password), then for consent. */
async function interact(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const details = await provider.interactionDetails(request, response)
  const logsIn = details.prompt.name === 'login'
  if (request.method !== 'POST') {
    const question = logsIn
      ? page('Who are you?', '<label>Login <input name="login"></label><button>Continue</button>')
      : page('May Ackify know you?', '<button>Allow</button>')
    response.writeHead(200, { 'content-type': 'text/html' }).end(question)
    return
  }
  let body = ''
  for await (const chunk of request) body += String(chunk)
  if (logsIn) {
    const login = { accountId: new URLSearchParams(body).get('login') ?? '' }
    return provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false })
  }
  const grant = new provider.Grant({
    accountId: details.session?.accountId,
    clientId: String(details.params.client_id),
  })
  grant.addOIDCScope(String(details.params.scope))
  const consent = { grantId: await grant.save() }
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true })
}

/** npm oidc-provider, which is certified. */
export async function startOpenIDProvider(name: string, siteUrl: string): Promise<OpenIDProvider> {
  const people: OpenIDProvider['people'] = new Map()
  const id = name.toLowerCase()
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => {}
  const server = createServer((request, response) => handle(request, response))
  const origin = await listen(server)
  const secret = randomUUID()
  const provider = new Provider(origin, {
    clients: [
      {
        client_id: 'ackify',
        client_secret: secret,
        redirect_uris: [`${siteUrl}/api/v1/auth/callback/${id}`],
        post_logout_redirect_uris: [`${siteUrl}/`],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    cookies: { keys: [randomUUID()] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    issueRefreshToken: () => Promise.resolve(true),
    findAccount: (_context, sub) => {
      const person = people.get(sub)
      if (!person) return undefined
      const claims = () => ({ sub, email: person.email, email_verified: person.verified, name: person.name })
      return { accountId: sub, claims }
    },
  })
  const answer = provider.callback()
  handle = (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void answer(request, response)
    interact(provider, request, response).catch((error: unknown) =>
      response.writeHead(500).end(String(error)),
    )
  }
  const prefix = `ACKIFY_OIDC_${name}`
  return {
    origin,
    people,
    env: {
      [`${prefix}_ISSUER`]: origin,
      [`${prefix}_CLIENT_ID`]: 'ackify',
      [`${prefix}_CLIENT_SECRET`]: secret,
      [`${prefix}_PROMPT`]: 'consent', // without it, this one gives no refresh token
    },
    stop: () => close(server),
  }
}

export interface OAuth2Server extends IdentityProvider {
  /** Who is logged in there */
  person: {
    id: number
    login: string
    name: string
    emails: { email: string; primary: boolean; verified: boolean }[]
  }
}

/** A page with one button, a code that works once, and GitHub's two addresses for who somebody is. */
export async function startOAuth2Server(): Promise<OAuth2Server> {
  const codes = new Set<string>()
  const tokens = new Set<string>()
  const secret = randomUUID()
  const self: OAuth2Server = {
    origin: '',
    env: {},
    person: { id: 4711, login: 'sam', name: 'Sam Okafor', emails: [] },
    stop: () => close(server),
  }
  const json = (response: ServerResponse, status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', self.origin)
    const authorized = () => tokens.has(request.headers.authorization?.replace(/^Bearer /i, '') ?? '')
    switch (url.pathname) {
      case '/authorize': {
        const back = new URL(url.searchParams.get('redirect_uri') ?? '')
        const code = randomUUID()
        codes.add(code)
        back.searchParams.set('code', code)
        back.searchParams.set('state', url.searchParams.get('state') ?? '')
        const question = `<!doctype html><html lang="en"><title>Authorize</title><h1>Authorize</h1><a href="${back.href.replaceAll('&', '&amp;')}">Authorize Ackify</a>`
        response.writeHead(200, { 'content-type': 'text/html' }).end(question)
        return
      }
      case '/token': {
        let body = ''
        request.on('data', (chunk: Buffer) => (body += chunk.toString()))
        request.on('end', () => {
          const form = new URLSearchParams(body)
          if (!codes.delete(form.get('code') ?? ''))
            return json(response, 200, { error: 'bad_verification_code' })
          const token = randomUUID()
          tokens.add(token)
          return json(response, 200, {
            access_token: token,
            token_type: 'bearer',
            scope: 'read:user,user:email',
          })
        })
        return
      }
      case '/user':
        if (!authorized()) return json(response, 401, { message: 'Bad credentials' })
        return json(response, 200, {
          id: self.person.id,
          login: self.person.login,
          name: self.person.name,
          email: null,
        })
      case '/user/emails':
        if (!authorized()) return json(response, 401, { message: 'Bad credentials' })
        return json(response, 200, self.person.emails)
      default:
        return json(response, 404, { message: 'Not Found' })
    }
  })
  self.origin = await listen(server)
  self.env = {
    ACKIFY_OIDC_GITHUB_CLIENT_ID: 'ackify',
    ACKIFY_OIDC_GITHUB_CLIENT_SECRET: secret,
    ACKIFY_OIDC_GITHUB_AUTHORIZE_URL: `${self.origin}/authorize`,
    ACKIFY_OIDC_GITHUB_TOKEN_URL: `${self.origin}/token`,
    ACKIFY_OIDC_GITHUB_USERINFO_URL: `${self.origin}/user`,
    ACKIFY_OIDC_GITHUB_EMAILS_URL: `${self.origin}/user/emails`,
  }
  return self
}
