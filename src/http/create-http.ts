import { join } from 'node:path'
import type { Context } from 'koa'
import type { Translations } from '../i18n/index.ts'
import { createCountries } from '../i18n/index.ts'
import type { Log } from '../lib/log.ts'
import { createAnswerPlainly } from './answer-plainly.ts'
import { createAssets } from './assets.ts'
import { brandCss } from './brand-css.ts'
import { createBrowsers, refuseForeignOrigin } from './browser.ts'
import { handleErrors } from './error-handler.ts'
import { fontCss, fontFiles } from './fonts.ts'
import { createIcons } from './icons.ts'
import { createKeptForms } from './kept-forms.ts'
import { limitBody } from './limit-body.ts'
import { limitQuery } from './limit-query.ts'
import type { PageContext, PageMiddleware } from './page-context.ts'
import { createPages } from './pages.ts'
import { pinIssuer } from './pin-issuer.ts'
import { createReadForm, createReadFormWithFiles } from './read-form.ts'
import { type Answered, createRecord, recordRequest } from './record-request.ts'
import { resolveLanguage } from './resolve-language.ts'
import { securityHeaders } from './security-headers.ts'
import type { HttpSettings } from './settings.ts'
import { createToldPages } from './told-pages.ts'

export interface HttpDeps {
  config: HttpSettings
  log: Log
  words: Translations
  viewsDir: string
  answered?: Answered
}

/** The floor under every door: what each request passes before a route sees it, and how pages are answered. */
export const createHttp = ({ config, log, words, viewsDir, answered }: HttpDeps) => {
  const { operator, companies } = config.group
  const brands = [operator, ...companies.values()].map(({ id, brand }) => [`brand/${id}.css`, brandCss(brand)])
  const assets = createAssets(join(viewsDir, 'assets'), { ...Object.fromEntries(brands), ...fontFiles() })
  assets.add('fonts.css', fontCss(assets.address))
  const browsers = createBrowsers(config)
  const countries = createCountries()
  const record = createRecord({ log, answered })
  const givePage = createPages({
    operator,
    passwordMinimum: config.passwordMinimum,
    viewsDir,
    words,
    assets,
    icons: createIcons(),
    browsers,
    countries,
    language: resolveLanguage(config),
  })

  return {
    middleware: [
      securityHeaders(config),
      recordRequest(config, record),
      pinIssuer(config, log),
      givePage,
      handleErrors({ log, words, production: config.production }),
      limitBody,
      limitQuery,
      assets.serve,
    ] as PageMiddleware[],
    /** Around what answers everything: what may be answered before it, and otherwise is left to it. */
    answerPlainly: createAnswerPlainly(config, record),
    readForm: createReadForm(browsers),
    readFormWithFiles: createReadFormWithFiles(browsers),
    keptForms: createKeptForms(config),
    toldPages: createToldPages(config),
    /** For state changes without a form of ours: refuses what another site asks for (403 `csrf`). */
    refuseForeignOrigin: (ctx: PageContext): void => refuseForeignOrigin(ctx as unknown as Context, config),
  }
}

export type Http = ReturnType<typeof createHttp>
