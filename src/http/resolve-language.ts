import type { Context } from 'koa'
import { isLanguage, type Language, languageOfHeader, languageOfTags } from '../i18n/index.ts'
import { cookieName, scopedCookieName } from './cookie-name.ts'
import type { HttpSettings } from './settings.ts'

/**
 * The person's language: what they just chose (`lang`), what the service asks for (`ui_locales`), what it asked for at
 * the beginning of this sign-in, what they chose once, what their browser says. A service's wish is kept for the
 * sign-in pages only, so that it does not overrule the person's own choice everywhere else.
 */
export const resolveLanguage = (config: Pick<HttpSettings, 'production' | 'port'>) => {
  const chosen = cookieName(config, 'language')
  const asked = scopedCookieName(config, 'sign-in-language')
  const year = 365 * 24 * 3600 * 1000

  return (ctx: Context): Language => {
    const url = ctx.req.url ?? '/'
    const query = url.includes('?') ? new URL(url, 'http://localhost').searchParams : undefined
    const choice = query?.get('lang')
    if (isLanguage(choice)) {
      ctx.cookies.set(chosen, choice, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: year })
      if (ctx.cookies.get(asked)) ctx.cookies.set(asked, choice, { httpOnly: true, sameSite: 'lax', path: '/sign-in' })
      return choice
    }
    const wish = languageOfTags(query?.get('ui_locales') ?? '')
    if (wish) {
      ctx.cookies.set(asked, wish, { httpOnly: true, sameSite: 'lax', path: '/sign-in' })
      return wish
    }
    const kept = [ctx.cookies.get(asked), ctx.cookies.get(chosen)].find(isLanguage)
    return kept ?? languageOfHeader(ctx.get('accept-language')) ?? 'en'
  }
}
