/** The real server, with its own embedded database, for one run of the browser tests. */
import { execFile, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { patience } from './patience.ts'

export const binary =
  process.env.ACKIFY_E2E_BINARY ?? new URL('../../backend/bin/ackify', import.meta.url).pathname

export interface Server {
  /** Without a slash at the end */
  baseUrl: string
  /** The one-time link that makes the first administrator */
  setupUrl: string
  /** Runs another command of the binary on the same data, beside the server, and answers what it printed */
  run(...args: string[]): Promise<string>
  /** What the server has printed so far */
  output(): string
  stop(): Promise<void>
}

/** Below the range for outgoing connections, one of which could take it before the server does */
async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(15_000, 32_000)
    const probe = createServer()
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!free) continue
    await new Promise((resolve) => probe.close(resolve))
    return port
  }
  throw new Error('no free port')
}

async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  output: () => string,
): Promise<T> {
  const end = Date.now() + patience
  while (Date.now() < end) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await pause(100)
  }
  throw new Error(`waited in vain for ${what}; the server said:\n${output()}`)
}

/** A server with its own data. `more` adds to its environment, knowing the site's address. */
export async function startServer(
  more: (baseUrl: string) => Promise<Record<string, string>> = () => Promise.resolve({}),
): Promise<Server> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ackify-e2e-'))
  const port = await freePort()
  const baseUrl = `http://127.0.0.1:${port}`
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    ACKIFY_DATA_DIR: dataDir,
    ACKIFY_LISTEN_ADDR: `127.0.0.1:${port}`,
    ACKIFY_BASE_URL: baseUrl,
    ACKIFY_ORGANISATION: 'Acme Industries',
    ACKIFY_TIME_ZONE: 'Europe/Paris',
    ACKIFY_RATE_LIMIT_AUTH: '1000',
    ACKIFY_RATE_LIMIT_DOCUMENTS: '10000',
    ACKIFY_RATE_LIMIT_GENERAL: '100000',
    // Nothing outside this machine is asked for, unless a test says where.
    ACKIFY_FETCH: 'false',
    ...(await more(baseUrl)),
  }
  const child = spawn(binary, ['serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const run = async (...args: string[]) => (await promisify(execFile)(binary, args, { env })).stdout
  let printed = ''
  const output = () => printed
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))

  async function stop(): Promise<void> {
    if (child.exitCode === null) child.kill('SIGTERM')
    await ended
    await rm(dataDir, { recursive: true, force: true })
  }

  const healthy = async (): Promise<true | undefined> => {
    if (child.exitCode !== null) throw new Error(`the server ended:\n${printed}`)
    const answer = await fetch(`${baseUrl}/api/v1/health`).catch(() => undefined)
    return answer?.ok ? true : undefined
  }
  try {
    await waitFor('health', healthy, output)
    const token = await waitFor('the set-up link', () => /\/setup#token=([\w-]+)/.exec(printed)?.[1], output)
    return { baseUrl, setupUrl: `${baseUrl}/setup#token=${token}`, run, output, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
