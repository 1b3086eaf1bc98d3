/** A browser as far as a provider needs one: cookies by path and expiry, redirects followed only when told. */
import assert from 'node:assert/strict'

interface Cookie {
  value: string
  path: string
}

export interface Visit {
  url: string
  status: number
  headers: Headers
  text: string
  /** Where it leads, by redirect or by a page that goes on by itself. */
  next?: string
}

export const createTestBrowser = (
  userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  /** What a proxy in front says of where it is. */
  from?: string,
) => {
  const forwarded = from ? { 'x-forwarded-for': from } : {}
  const jars = new Map<string, Map<string, Cookie>>()

  const jarOf = (url: URL) => {
    const jar = jars.get(url.hostname) ?? new Map<string, Cookie>()
    jars.set(url.hostname, jar)
    return jar
  }

  const cookiesFor = (url: URL): string =>
    [...jarOf(url)]
      .filter(([, { path }]) => path === '/' || url.pathname === path || url.pathname.startsWith(`${path}/`))
      .sort(([, a], [, b]) => b.path.length - a.path.length)
      .map(([key, { value }]) => `${key.slice(key.indexOf('|') + 1)}=${value}`)
      .join('; ')

  const keep = (url: URL, header: string): void => {
    const [pair = '', ...attributes] = header.split(/; ?/)
    const at = pair.indexOf('=')
    const attribute = (name: string) =>
      attributes.find((each) => each.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1)
    const path = attribute('path') ?? '/'
    const expires = attribute('expires')
    const key = `${path}|${pair.slice(0, at)}`
    if (expires && Date.parse(expires) <= Date.now()) jarOf(url).delete(key)
    else jarOf(url).set(key, { value: pair.slice(at + 1), path })
  }

  const visit = async (address: string, options: RequestInit = {}): Promise<Visit> => {
    const url = new URL(address)
    const response = await fetch(url, {
      redirect: 'manual',
      ...options,
      headers: {
        cookie: cookiesFor(url),
        'user-agent': userAgent,
        accept: 'text/html',
        ...forwarded,
        ...options.headers,
      },
    })
    for (const header of response.headers.getSetCookie()) keep(url, header)
    const text = await response.text()
    const location = response.headers.get('location') ?? refreshOf(text)
    return {
      url: url.href,
      status: response.status,
      headers: response.headers,
      text,
      ...(location && { next: new URL(location, url).href }),
    }
  }

  return {
    visit,

    submit: (address: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Visit> =>
      visit(address, {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      }),

    /** On until `until` says so of the next address, which is not visited, or nothing leads on. */
    follow: async (address: string, until: (url: URL) => boolean): Promise<Visit> => {
      let here = await visit(address)
      for (let steps = 0; here.next && steps < 12; steps++) {
        if (until(new URL(here.next))) return here
        here = await visit(here.next)
      }
      return here
    },

    cookie: (host: string, name: string): string | undefined =>
      [...(jars.get(host) ?? [])].find(([key]) => key.endsWith(`|${name}`))?.[1].value,

    /** All of them for a host, whatever their paths, by name. */
    cookiesAt: (host: string): Map<string, string> =>
      new Map([...(jars.get(host) ?? [])].map(([key, { value }]) => [key.slice(key.indexOf('|') + 1), value])),

    /** As a sister domain can. */
    plant: (host: string, name: string, value: string, path = '/'): void => {
      jarOf(new URL(`http://${host}`)).set(`${path}|${name}`, { value, path })
    },

    forgetCookies: (): void => jars.clear(),

    /** Whoever keeps the cookies of this moment has them again by what it answers. */
    keepCookies: (): (() => void) => {
      const kept = [...jars].map(([host, jar]) => [host, new Map(jar)] as const)
      return () => {
        jars.clear()
        for (const [host, jar] of kept) jars.set(host, new Map(jar))
      }
    },
  }
}

export type TestBrowser = ReturnType<typeof createTestBrowser>

const refreshOf = (text: string): string | undefined => {
  const found = /http-equiv="refresh" content="0; ?url=([^"]+)"/.exec(text)?.[1]
  return found?.replaceAll('&amp;', '&').replaceAll('&#39;', "'")
}

/** The parameters a visit hands to a service. */
export const handedOver = (visit: Visit): URLSearchParams => {
  assert.ok(visit.next, `nothing leads on from ${visit.url} (${visit.status}): ${visit.text.slice(0, 2000)}`)
  return new URL(visit.next).searchParams
}
