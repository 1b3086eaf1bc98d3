import { hour } from '../lib/clock.ts'
import { digest } from '../lib/ids.ts'
import { cookieName } from './cookie-name.ts'
import type { PageContext } from './page-context.ts'
import type { HttpSettings } from './settings.ts'

/** As long as a code can be asked for once more on the page that a form led to. */
const keptFor = hour
/** Acts in several windows, each of whose pages may be loaded again. */
const mostKept = 8
const kept = new RegExp(`^[\\w-]{22}(\\.[\\w-]{22}){0,${mostKept - 1}}$`)

/**
 * What in an address says what a form did: an outcome, that another code was sent, that a unified sign-in was made. Values
 * beside it, such as the company, are told only with it.
 */
const tellingWords = ['done', 'sent', 'made']
export const isTelling = (name: string): boolean => tellingWords.includes(name)

/**
 * A page that says what a form did says it only to whom that form led there (H56): its address can be sent to anybody. The
 * browser keeps digests of the addresses that it was led to, in another language the same, for an hour after the last;
 * a page that is somebody's own counts for them alone. The digests are under no key: no other site can set a cookie here,
 * nor a sister domain one by this name, and whoever can plant one in this browser can show it any page as well. Where
 * cookies are refused the page says nothing, and what was done is done.
 */
export const createToldPages = (config: Pick<HttpSettings, 'production' | 'port'>) => {
  const name = cookieName(config, 'told')

  const marksIn = (ctx: PageContext): string[] => {
    const sent = ctx.cookies.get(name)
    return sent && kept.test(sent) ? sent.split('.') : []
  }

  return {
    /** Remembers that `owner`, '' where the page is anybody's, is led to an address. */
    leads: (ctx: PageContext, to: string, owner: string): void => {
      const mark = markOf(to, owner)
      const marks = [mark, ...marksIn(ctx).filter((each) => each !== mark)].slice(0, mostKept)
      const options = { httpOnly: true, sameSite: 'lax', path: '/', overwrite: true } as const
      ctx.cookies.set(name, marks.join('.'), { ...options, maxAge: keptFor })
    },

    isLedHere: (ctx: PageContext, owner: string): boolean => {
      const marks = marksIn(ctx)
      return marks.length > 0 && marks.includes(markOf(`${ctx.path}?${ctx.querystring}`, owner))
    },
  }
}

export type ToldPages = ReturnType<typeof createToldPages>

/** Says of an address that it tells what a form did. */
export const tells = (address: string): boolean => [...queryOf(address).keys()].some(isTelling)

/** The same for the page in another language, to which its own link leads. */
export const markOf = (address: string, owner = ''): string => {
  const said = queryOf(address)
  said.delete('lang')
  said.sort()
  return digest(`${owner} ${pathOf(address)}?${said}`).slice(0, 22)
}

export const pathOf = (address: string): string => address.split('?', 1)[0] ?? ''

const queryOf = (address: string): URLSearchParams => new URLSearchParams(address.slice(pathOf(address).length))
