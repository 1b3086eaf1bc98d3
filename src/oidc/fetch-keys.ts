import { isWithin, minute, now } from '../lib/clock.ts'
import type { Outbound } from '../lib/outbound.ts'
import type { Group } from '../services/index.ts'

/** As long as the library keeps what it read, so that a client's new key is unknown no longer than that (R5). */
const freshFor = minute

interface Fetched {
  at: number
  answer: Promise<{ status: number; headers: Record<string, string>; body: string }>
}

/**
 * Key sets of clients with keys of their own. The library forgets a client among more than a hundred and would fetch
 * its keys with every request (P11): here each address is read once in a minute, and by one of many that ask.
 */
export const createFetchKeys = ({ group, outbound }: { group: Group; outbound: Outbound }): typeof fetch => {
  const cache = new Map<string, Fetched>()
  const allowedAt = new Map<string, readonly string[]>()
  for (const { client, company } of group.clients.values())
    if (client.jwksUri) allowedAt.set(client.jwksUri, group.companies.get(company)?.reachablePrivately ?? [])

  return async (input) => {
    const url = String(input)
    const allowed = allowedAt.get(url)
    if (!allowed) throw new TypeError('only declared key sets are fetched')
    const known = cache.get(url)
    if (known && isWithin(freshFor, known.at)) return respond(await known.answer)
    const fetched: Fetched = { at: now(), answer: outbound.request({ url, allowed }) }
    cache.set(url, fetched)
    fetched.answer.catch(() => cache.delete(url))
    const answer = await fetched.answer
    if (answer.status !== 200) cache.delete(url)
    return respond(answer)
  }
}

const respond = ({ status, body }: { status: number; body: string }): Response =>
  new Response(body, { status, headers: { 'content-type': 'application/json' } })
