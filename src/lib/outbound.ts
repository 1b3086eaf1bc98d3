/**
 * Every call that a company's configuration or data can aim (logout, events, key sets) leaves through here. Where it
 * may go is decided on the address that the name resolved to, at the moment of connecting, so that neither a redirect
 * nor a name that changes its mind reaches inside (Z3, CVE-2026-55671).
 */
import dns from 'node:dns'
import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import ipaddr from 'ipaddr.js'
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
  const guarded = agentsFor(isPublic)
  const declared = agentsFor(() => true)

  const request = async (call: OutboundCall): Promise<OutboundAnswer> => {
    const url = parse(call.url)
    const isDeclared = [url.host, url.hostname, `${url.hostname}:${portOf(url)}`].some((name) =>
      call.allowed.includes(name),
    )
    const deadline = createDeadline(call.timeout ?? defaultTimeout)
    if (call.signal?.aborted) deadline.breakOff()
    call.signal?.addEventListener('abort', deadline.breakOff)
    try {
      const agents = isDeclared ? declared : guarded
      const { body = '', method = 'GET' } = call
      const headers = { 'user-agent': 'unified-sign-in', ...call.headers }
      const answer = await send(url, { method, headers, body, agents, signal: deadline.signal })
      const text = await readAtMost(answer, call.maxBytes ?? defaultMaxBytes)
      // A body without a length is over when its connection is (RFC 9112 §6.3): to its reader, cut off by us is over too.
      deadline.signal.throwIfAborted()
      return { status: answer.statusCode as number, headers: flat(answer.headers), body: text }
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
    close: (): void => {
      for (const { plain, secure } of [guarded, declared]) {
        plain.destroy()
        secure.destroy()
      }
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

interface Sent {
  body: string
  agents: ReturnType<typeof agentsFor>
  signal: AbortSignal
}

/**
 * Node's own client, which is there anyway: one of a package costs 28 MB and a quarter of a second more at its first call.
 * It follows no redirect: an answer that points elsewhere is an answer, never another call.
 */
const send = (url: URL, { body, agents, signal, ...options }: RequestOptions & Sent): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const [client, agent] = url.protocol === 'https:' ? [https, agents.secure] : [http, agents.plain]
    const sent = client
      .request(url, { ...options, agent }, resolve)
      .on('error', reject)
      // Whoever changes to another protocol (101) is hung up on, without an error.
      .on('close', () => reject(new Error('closed without an answer')))
    const breakOff = () => {
      // One that waits for a place is ended by Node when it has got one, and not before.
      reject(signal.reason)
      sent.destroy(signal.reason)
    }
    signal.addEventListener('abort', breakOff, { once: true })
    sent.end(body)
  })

const agentsFor = (mayReach: (address: string) => boolean) => {
  const options = { keepAlive: true, timeout: 4 * second, maxSockets: 32, lookup: lookupAmong(mayReach) }
  return {
    plain: guard(new http.Agent(options), mayReach),
    secure: guard(new https.Agent(options), mayReach),
  }
}

/** A literal never passes through the resolver; what did is judged once more by where the socket really went. */
const guard = <A extends http.Agent>(agent: A, mayReach: (address: string) => boolean): A => {
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (options, callback) => {
    const host = options.host ?? ''
    if (isIP(host) && !mayReach(host)) throw new OutboundError('private')
    const socket = connect(options, callback) as Socket
    // Before everybody else who waits for it: nothing has been written by then.
    return socket.prependOnceListener('connect', () => {
      if (!mayReach(socket.remoteAddress ?? '')) socket.destroy(new OutboundError('private'))
    })
  }
  return agent
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

/** Of IPv6, all that was ever given out to the public (RFC 4291 §2.4); `::7f00:1` lies outside. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/** Only what routes on the public internet: no loopback, private, link-local, shared, reserved or translated range. */
export const isPublic = (address: string): boolean => {
  const [bare = ''] = address.split('%')
  if (!ipaddr.isValid(bare)) return false
  const parsed = ipaddr.process(bare)
  return parsed.range() === 'unicast' && (parsed instanceof ipaddr.IPv4 || parsed.match(globalUnicast))
}

/** Leaving it before its end ends the connection as well. By its events: mostly there is one chunk or none. */
const readAtMost = (answer: IncomingMessage, most: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    answer
      .on('data', (chunk: Buffer) => {
        size += chunk.length
        chunks.push(chunk)
        if (size > most) answer.destroy(new OutboundError('too-large'))
      })
      .on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
      .on('error', reject)
      .on('close', () => reject(new Error('closed before its end')))
  })

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
