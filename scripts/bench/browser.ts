/** A browser as far as a sign-in needs one: cookies, redirects, pages that go on by themselves, one form with a password. */
import { Agent, request as send } from 'undici'

const agent = new Agent({ connections: 64, pipelining: 1 })

export interface Answer {
  status: number
  text: string
  location: string | undefined
  cookies: string[]
}

export const request = async (
  address: string,
  options: { method?: 'GET' | 'POST' | 'PATCH'; headers?: Record<string, string>; body?: string } = {},
  dispatcher = agent,
): Promise<Answer> => {
  const { statusCode, headers, body } = await send(address, { ...options, dispatcher })
  const text = await body.text()
  const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)
  return { status: statusCode, text, location: one(headers.location), cookies: [headers['set-cookie'] ?? []].flat() }
}

export const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' }

/** `from`: the network that a trusted proxy says; `connections` of its own, if it is not to share everybody's. */
export const createBrowser = ({ from, connections = agent }: { from?: string; connections?: Agent } = {}) => {
  const jar = new Map<string, { name: string; value: string; path: string }>()

  const visit = async (address: string, fields?: Record<string, string>): Promise<Answer> => {
    const { pathname, origin } = new URL(address)
    const cookie = [...jar.values()]
      .filter(({ path }) => path === '/' || pathname === path || pathname.startsWith(`${path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
    const options = {
      method: fields ? ('POST' as const) : ('GET' as const),
      headers: {
        accept: 'text/html',
        'accept-language': 'en',
        cookie,
        ...(from && { 'x-forwarded-for': from }),
        ...(fields && { ...formHeaders, origin }),
      },
      ...(fields && { body: new URLSearchParams(fields).toString() }),
    }
    const answer = await request(address, options, connections)
    for (const header of answer.cookies) keep(header)
    return answer
  }

  const keep = (header: string) => {
    const [pair = '', ...attributes] = header.split(/; ?/)
    const at = pair.indexOf('=')
    const attribute = (name: string) =>
      attributes.find((each) => each.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1)
    const [name, value, path] = [pair.slice(0, at), pair.slice(at + 1), attribute('path') ?? '/']
    const expires = attribute('expires')
    if (expires && Date.parse(expires) <= Date.now()) jar.delete(`${path} ${name}`)
    else jar.set(`${path} ${name}`, { name, value, path })
  }

  /** What an address leads to, and where that is. */
  const open = async (start: string): Promise<Answer & { here: string }> => {
    let here = start
    let answer = await visit(here)
    while (answer.location) {
      here = new URL(answer.location, here).href
      answer = await visit(here)
    }
    return { ...answer, here }
  }

  return {
    visit,
    open,

    /** From an address to the one that begins with `end`; a form that asks for a password is filled in once. */
    go: async (start: string, end: string, signIn?: { email: string; password: string }): Promise<URL> => {
      let [here, fields, asked] = [start, undefined as Record<string, string> | undefined, false]
      for (let steps = 0; steps < 15; steps += 1) {
        const answer = await visit(here, fields)
        const next = answer.location ?? refreshOf(answer.text)
        if (next) {
          here = new URL(next, here).href
          if (here.startsWith(end)) return new URL(here)
          fields = undefined
          continue
        }
        const form = passwordForm(answer.text)
        if (answer.status !== 200 || !form || !signIn || asked)
          throw new Error(`${new URL(here).pathname.slice(0, 12)} answered ${answer.status}: ${titleOf(answer.text)}`)
        here = new URL(form.action || here, here).href
        fields = { ...form.hidden, ...signIn }
        asked = true
      }
      throw new Error('no end after 15 steps')
    },

    /** The form with a password that an address leads to; answers what sends it, filled in. */
    form: async (start: string): Promise<(fields: Record<string, string>) => Promise<Answer>> => {
      const { here, status, text } = await open(start)
      const form = passwordForm(text)
      if (!form) throw new Error(`${new URL(here).pathname.slice(0, 12)} answered ${status}`)
      const action = new URL(form.action || here, here).href
      return (fields) => visit(action, { ...form.hidden, ...fields })
    },
  }
}

const attributesOf = (tag: string): Record<string, string> =>
  Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, plain(value as string)]))

const plain = (text: string): string =>
  text
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

const refreshOf = (page: string): string | undefined => {
  const found = /<meta http-equiv="refresh" content="\d+; ?url=([^"]+)"/i.exec(page)?.[1]
  return found && plain(found)
}

const passwordForm = (page: string) => {
  const form = [...page.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].find(([, , inside]) =>
    /type="password"/.test(inside ?? ''),
  )
  if (!form) return undefined
  const hidden: Record<string, string> = {}
  for (const [tag] of (form[2] as string).matchAll(/<input\b[^>]*>/g)) {
    const { type, name, value } = attributesOf(tag)
    if (type === 'hidden' && name) hidden[name] = value ?? ''
  }
  return { action: attributesOf(form[1] as string).action ?? '', hidden }
}

const titleOf = (page: string): string => /<title>([^<]*)/.exec(page)?.[1]?.trim() ?? page.slice(0, 120)
