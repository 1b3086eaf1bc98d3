/** A browser as far as a provider needs one: cookies by path and expiry, redirects followed only when told. */
import assert from 'node:assert/strict'
import { parse } from 'node-html-parser'
import { CookieJar } from 'tough-cookie'
import { mayAnswerInPlace } from './answered-in-place.ts'

export interface Visit {
  url: string
  status: number
  headers: Headers
  text: string
  /** Where it leads, by redirect or by a page that goes on by itself. */
  next?: string
  /** The page of a form that was wrong: the form's answer led to it, and it tells so once (U9). */
  again?: true
}

export const createTestBrowser = (
  userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  /** What a proxy in front says of where it is. */
  from?: string,
) => {
  const forwarded = from ? { 'x-forwarded-for': from } : {}
  let jar = new CookieJar()
  const at = (host: string) =>
    new Map(jar.getCookiesSync(`http://${host}`, { allPaths: true }).map(({ key, value }) => [key, value]))

  const visit = async (address: string, options: RequestInit = {}): Promise<Visit> => {
    const url = new URL(address)
    const response = await fetch(url, {
      redirect: 'manual',
      ...options,
      headers: {
        cookie: jar.getCookieStringSync(url.href),
        'user-agent': userAgent,
        accept: 'text/html',
        ...forwarded,
        ...options.headers,
      },
    })
    for (const header of response.headers.getSetCookie()) jar.setCookieSync(header, url.href)
    const text = await response.text()
    const location = response.headers.get('location') ?? onwardOf(text)
    // Whatever test sends it: what went well leads on, so that neither *Back* nor a reload sends it again.
    const isPage = /^text\/html/.test(response.headers.get('content-type') ?? '')
    const isFile = response.headers.has('content-disposition')
    const wentWell = options.method === 'POST' && response.status === 200 && isPage && !isFile && !location
    assert.ok(!wentWell || mayAnswerInPlace(url.pathname), `POST ${url.pathname} is answered by a page`)
    return {
      url: url.href,
      status: response.status,
      headers: response.headers,
      text,
      ...(location && { next: new URL(location, url).href }),
    }
  }

  /** Of an answer to a form that was wrong: the page that it leads to (U9). */
  const shownAgain = async (answer: Visit): Promise<Visit> => {
    const isKept = answer.headers.getSetCookie().some((set) => /^[\w-]*\bform(-\d+)?=\w/.test(set))
    return answer.status === 303 && isKept && answer.next ? { ...(await visit(answer.next)), again: true } : answer
  }

  return {
    visit,

    /** The answer to a form; of one that was wrong, the page that shows it again. */
    submit: async (
      address: string,
      fields: Record<string, string>,
      headers: Record<string, string> = {},
    ): Promise<Visit> =>
      shownAgain(
        await visit(address, {
          method: 'POST',
          body: new URLSearchParams(fields),
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        }),
      ),

    shownAgain,

    /** On until `until` says so of the next address, which is not visited, or nothing leads on. */
    follow: async (address: string, until: (url: URL) => boolean): Promise<Visit> => {
      let here = await visit(address)
      for (let steps = 0; here.next && steps < 12; steps++) {
        if (until(new URL(here.next))) return here
        here = await visit(here.next)
      }
      return here
    },

    cookie: (host: string, name: string): string | undefined => at(host).get(name),

    /** All of them for a host, whatever their paths, by name. */
    cookiesAt: at,

    /** As a sister domain can. */
    plant: (host: string, name: string, value: string, path = '/'): void => {
      jar.setCookieSync(`${name}=${value}; Path=${path}`, `http://${host}${path}`)
    },

    forgetCookies: (): void => {
      jar = new CookieJar()
    },

    /** Whoever keeps the cookies of this moment has them again by what it answers. */
    keepCookies: (): (() => void) => {
      const kept = jar.serializeSync()
      assert.ok(kept)
      return () => {
        jar = CookieJar.deserializeSync(kept)
      }
    },
  }
}

export type TestBrowser = ReturnType<typeof createTestBrowser>

/** Where a page goes by itself. */
const onwardOf = (text: string): string | undefined => {
  if (!text.includes('http-equiv="refresh"')) return undefined
  const content = parse(text).querySelector('meta[http-equiv="refresh"]')?.getAttribute('content') ?? ''
  return /^0; ?url=(.+)$/.exec(content)?.[1]
}

/** What a service asks with that asks for nothing in particular. */
export const anAuthorization = (client: string, redirectUri: string, more: Record<string, string> = {}): string =>
  new URLSearchParams({
    client_id: client,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...more,
  }).toString()

/** The parameters a visit hands to a service. */
export const handedOver = (visit: Visit): URLSearchParams => {
  assert.ok(visit.next, `nothing leads on from ${visit.url} (${visit.status}): ${visit.text.slice(0, 2000)}`)
  return new URL(visit.next).searchParams
}
