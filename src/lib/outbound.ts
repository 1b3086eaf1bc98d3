/**
 * Every call that a company's configuration or data can aim (logout, events, key sets) leaves through here. Where it
 * may go is decided on the address that the name resolved to, at the moment of connecting, so that neither a redirect
 * nor a name that changes its mind reaches inside (Z3, CVE-2026-55671).
 */
import dns from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Dispatcher } from 'undici'
import { second } from './clock.ts'
import { createDeadline } from './deadline.ts'
import type { Log } from './log.ts'

interface OutboundCall {
  url: string
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
  /** `host` or `host:port` that may be reached though loopback or private, as its company declared. */
  allowed: readonly string[]
  signal?: AbortSignal
  /** Milliseconds for all of it. */
  timeout?: number
  maxBytes?: number
}

interface OutboundAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/**
 * address: the url is none that may be called · private: it leads inside · too-large · timeout · aborted: by the caller
 * · network: nothing came back.
 */
type OutboundErrorCode = 'address' | 'private' | 'too-large' | 'timeout' | 'aborted' | 'network'

export class OutboundError extends Error {
  readonly code: OutboundErrorCode
  constructor(code: OutboundErrorCode, cause?: unknown) {
    super(`outbound call failed: ${code}`, { cause })
    this.name = 'OutboundError'
    this.code = code
  }
}

const defaultTimeout = 5 * second
const defaultMaxBytes = 64 * 1024

export const createOutbound = ({ log }: { log: Log }) => {
  let made: ReturnType<typeof createClient> | undefined

  const request = async (call: OutboundCall): Promise<OutboundAnswer> => {
    const url = parse(call.url)
    const isDeclared = [url.host, url.hostname, `${url.hostname}:${portOf(url)}`].some((name) =>
      call.allowed.includes(name),
    )
    made ??= createClient()
    const { send, guarded, declared } = await made
    const deadline = createDeadline(call.timeout ?? defaultTimeout)
    if (call.signal?.aborted) deadline.breakOff()
    call.signal?.addEventListener('abort', deadline.breakOff)
    try {
      const answer = await send(url, {
        method: call.method ?? 'GET',
        headers: { 'user-agent': 'unified-sign-in', ...call.headers },
        body: call.body ?? null,
        dispatcher: isDeclared ? declared : guarded,
        signal: deadline.signal,
      })
      return {
        status: answer.statusCode,
        headers: flat(answer.headers),
        body: await readAtMost(answer, call.maxBytes ?? defaultMaxBytes),
      }
    } catch (error) {
      const failed = outboundErrorOf(error, { isLate: deadline.isLate(), isAborted: call.signal?.aborted === true })
      if (failed.code === 'private') log.warn({ host: url.host }, 'refused a call to a loopback or private address')
      throw failed
    } finally {
      deadline.putAway()
      call.signal?.removeEventListener('abort', deadline.breakOff)
    }
  }

  return {
    request,
    close: async (): Promise<void> => {
      const client = await made
      await Promise.all([client?.guarded.destroy(), client?.declared.destroy()])
    },
  }
}

export type Outbound = Pick<ReturnType<typeof createOutbound>, 'request'>

const parse = (text: string): URL => {
  const url = URL.parse(text)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (!url || !isWeb || url.username !== '' || url.password !== '') throw new OutboundError('address')
  return url
}

const portOf = (url: URL): string => url.port || (url.protocol === 'https:' ? '443' : '80')

/** Loaded when somebody is called first: most of what is asked of us calls nobody. */
const createClient = async () => {
  const undici = await import('undici')
  const agentFor = agentsOf(undici)
  return { send: undici.request, guarded: agentFor(isPublic), declared: agentFor(() => true) }
}

/** undici follows no redirect unless told: an answer that points elsewhere is an answer, never another call. */
const agentsOf =
  ({ Agent, buildConnector }: typeof import('undici')) =>
  (mayReach: (address: string) => boolean) => {
    const connect = buildConnector({ timeout: defaultTimeout, lookup: lookupAmong(mayReach) })
    return new Agent({
      connections: 32,
      keepAliveTimeout: 4 * second,
      connect: (options, callback) => {
        // A literal never passes through the resolver; what did is judged once more by where the socket really went.
        const literal = options.hostname.replace(/^\[|\]$/g, '')
        if (isIP(literal) && !mayReach(literal)) return callback(new OutboundError('private'), null)
        connect(options, (error, socket) => {
          if (error || !socket) return callback(error ?? new OutboundError('network'), null)
          if (socket.remoteAddress === undefined || mayReach(socket.remoteAddress)) return callback(null, socket)
          socket.destroy()
          callback(new OutboundError('private'), null)
        })
      },
    })
  }

/** Answers only addresses that may be reached, so that not one byte goes to another. */
const lookupAmong =
  (mayReach: (address: string) => boolean): LookupFunction =>
  (host, options, callback) => {
    dns.lookup(host, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '')
      const reachable = found.filter(({ address }) => mayReach(address))
      const [first] = reachable
      if (!first) return callback(new OutboundError('private'), '')
      return options.all ? callback(null, reachable) : callback(null, first.address, first.family)
    })
  }

/** Only what routes on the public internet: no loopback, private, link-local, shared, reserved or translated range. */
export const isPublic = (address: string): boolean => {
  const [bare = ''] = address.split('%')
  return ipaddr.isValid(bare) && ipaddr.process(bare).range() === 'unicast'
}

const readAtMost = async ({ body }: Dispatcher.ResponseData, most: number): Promise<string> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > most) {
      body.destroy()
      throw new OutboundError('too-large')
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const flat = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]))

const outboundErrorOf = (
  error: unknown,
  { isLate, isAborted }: { isLate: boolean; isAborted: boolean },
): OutboundError => {
  if (error instanceof OutboundError) return error
  if (isAborted) return new OutboundError('aborted', error)
  return new OutboundError(isLate ? 'timeout' : 'network', error)
}
