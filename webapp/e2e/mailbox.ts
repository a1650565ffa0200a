/** A mail server that keeps what it is given. */
import { setTimeout as pause } from 'node:timers/promises'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { patience } from './patience.ts'

export interface Letter {
  to: string
  subject: string
  text: string
  html: string
}

export interface Mailbox {
  /** What the server needs to send mail here */
  env: Record<string, string>
  letters: Letter[]
  /** Addresses that it does not know */
  unknown: Set<string>
  /** Waits for the newest letter to an address that has not been taken yet */
  take(to: string): Promise<Letter>
  stop(): Promise<void>
}

export async function startMailbox(): Promise<Mailbox> {
  const letters: Letter[] = []
  const taken = new Set<Letter>()
  const unknown = new Set<string>()
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo({ address }, _session, done) {
      if (!unknown.has(address)) return done()
      done(Object.assign(new Error('5.1.1 no such user here'), { responseCode: 550 }))
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        PostalMime.parse(Buffer.concat(chunks))
          .then((mail) => {
            letters.push({
              to: session.envelope.rcptTo[0]?.address ?? '',
              subject: mail.subject ?? '',
              text: mail.text ?? '',
              html: mail.html ?? '',
            })
            done()
          })
          .catch(done)
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the mail server has no port')
  return {
    letters,
    unknown,
    env: {
      ACKIFY_MAIL_HOST: '127.0.0.1',
      ACKIFY_MAIL_PORT: String(address.port),
      ACKIFY_MAIL_TLS: 'none',
      ACKIFY_MAIL_FROM: 'ackify@acme.example',
    },
    async take(to) {
      for (const end = Date.now() + patience; Date.now() < end; await pause(100)) {
        const letter = letters.findLast((one) => one.to === to && !taken.has(one))
        if (!letter) continue
        taken.add(letter)
        return letter
      }
      throw new Error(
        `no letter to ${to}; there are: ${letters.map((one) => `${one.to}: ${one.subject}`).join(', ')}`,
      )
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}

/** The one link of a letter that leads to a path of the site. */
export function linkIn(letter: Letter, path: string): string {
  const link = letter.text
    .split(/\s+/)
    .find((word) => word.includes(`${path}#token=`) || word.includes(`${path}/`))
  if (!link) throw new Error(`no link to ${path} in:\n${letter.text}`)
  return link
}

/** The six digits of a letter. */
export function codeIn(letter: Letter): string {
  const code = /\b(\d{3}) ?(\d{3})\b/.exec(letter.text)
  if (!code) throw new Error(`no code in:\n${letter.text}`)
  return `${code[1]}${code[2]}`
}
