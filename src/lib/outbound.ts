/**
 * Every call that a company's configuration or data can aim (logout, events, key sets) leaves through here. Where it
 * may go is decided on the address that the name resolved to, at the moment of connecting, so that neither a redirect
 * nor a name that changes its mind reaches inside (Z3, CVE-2026-55671).
 */
import dns from 'node:dns'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import ipaddr from 'ipaddr.js'
import { second } from './clock.ts'
import { createDeadline, type Deadline } from './deadline.ts'
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
 * address: the url is none that may be called · private: it leads inside · too-large · timeout · aborted: by the caller,
 * or all of them by `close` · network: nothing came back.
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
  const underWay = new Set<Deadline>()
  let isClosed = false

  const request = async (call: OutboundCall): Promise<OutboundAnswer> => {
    const url = parse(call.url)
    const isDeclared = [url.host, url.hostname, `${url.hostname}:${portOf(url)}`].some((name) =>
      call.allowed.includes(name),
    )
    const deadline = createDeadline(call.timeout ?? defaultTimeout)
    underWay.add(deadline)
    if (isClosed || call.signal?.aborted) deadline.breakOff()
    call.signal?.addEventListener('abort', deadline.breakOff)
    try {
      const agents = isDeclared ? declared : guarded
      const { body = '', method = 'GET' } = call
      const headers = { 'user-agent': 'unified-sign-in', ...call.headers }
      const answer = await send(url, agents, { method, headers, body, signal: deadline.signal })
      const text = await readAtMost(answer, call.maxBytes ?? defaultMaxBytes)
      // A body without a length is over when its connection is (RFC 9112 §6.3): to its reader, cut off by us is over too.
      deadline.signal.throwIfAborted()
      return { status: answer.statusCode as number, headers: flat(answer.headers), body: text }
    } catch (error) {
      const isAborted = isClosed || call.signal?.aborted === true
      const failed = outboundErrorOf(error, { isLate: deadline.isLate(), isAborted })
      if (failed.code === 'private') log.warn({ host: url.host }, 'refused a call to a loopback or private address')
      throw failed
    } finally {
      deadline.putAway()
      underWay.delete(deadline)
      call.signal?.removeEventListener('abort', deadline.breakOff)
    }
  }

  return {
    request,
    /** Ends whatever is under way, at once; nothing is begun after it. */
    close: (): void => {
      isClosed = true
      for (const { breakOff } of underWay) breakOff()
      for (const { kept } of [guarded, declared]) {
        kept.plain.destroy()
        kept.secure.destroy()
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
  method: 'GET' | 'POST'
  headers: Record<string, string>
  body: string
  signal: AbortSignal
}

/** The other side let the connection go that we took for the next call: it may never have read it. */
class LetGo extends Error {}

/**
 * What only asks is asked once more where its connection had waited and was let go as we sent (RFC 9112 §9.3.1), on one
 * that has not waited; of what does something nobody knows whether it was done (H33).
 */
const send = async (url: URL, agents: Agents, sent: Sent): Promise<IncomingMessage> => {
  try {
    return await sendBy(agents.kept, url, sent)
  } catch (error) {
    if (sent.method === 'GET' && error instanceof LetGo) return sendBy(agents.anew, url, sent)
    throw error
  }
}

/**
 * Node's own client, which is there anyway: one of a package costs 28 MB and a quarter of a second more at its first call.
 * It follows no redirect: an answer that points elsewhere is an answer, never another call.
 */
const sendBy = (agents: Agents['kept'], url: URL, { body, signal, ...options }: Sent): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const [client, agent] = url.protocol === 'https:' ? [https, agents.secure] : [http, agents.plain]
    const fail = (cause: Error & { code?: unknown }) => {
      // What was answered and can't be read (HPE_…) was no connection let go.
      const isLetGo = sent.reusedSocket && !String(cause.code).startsWith('HPE_')
      reject(isLetGo ? new LetGo(cause.message, { cause }) : cause)
    }
    const sent = client
      .request(url, { ...options, agent }, resolve)
      .on('error', fail)
      // Whoever changes to another protocol (101) is hung up on, without an error.
      .on('close', () => fail(new Error('closed without an answer')))
    const breakOff = () => {
      // One that waits for a place is ended by Node when it has got one, and not before.
      reject(signal.reason)
      sent.destroy(signal.reason)
    }
    signal.addEventListener('abort', breakOff, { once: true })
    sent.end(body)
  })

/** `kept`: connections wait for the next call; `anew`: each has its own, which ends with it. */
const agentsFor = (mayReach: (address: string) => boolean) => {
  const pair = (options: http.AgentOptions) => ({
    plain: guard(new http.Agent({ ...options, lookup: lookupAmong(mayReach) }), mayReach),
    secure: guard(new https.Agent({ ...options, lookup: lookupAmong(mayReach) }), mayReach),
  })
  return { kept: pair({ keepAlive: true, timeout: 4 * second, maxSockets: 32 }), anew: pair({}) }
}

type Agents = ReturnType<typeof agentsFor>

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
