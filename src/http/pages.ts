import type { Context } from 'koa'
import { callingCode, type DetailName, detailsInOrder, nameDetails } from '../details/index.ts'
import type { Countries, Translations, WordValues } from '../i18n/index.ts'
import {
  countryOf,
  formatDate,
  formatDateTime,
  formatList,
  formatParts,
  isLatin,
  type Language,
  languages,
  localeOf,
  nameOfLanguage,
} from '../i18n/index.ts'
import { askedFrom } from '../lib/browser-binding.ts'
import type { Assets } from './assets.ts'
import type { Browsers } from './browser.ts'
import { clientNetwork } from './client-ip.ts'
import { fontsAtOnce } from './fonts.ts'
import type { Page, PageMiddleware } from './page-context.ts'
import { namesField, type Problems, problemsOn, startAt } from './problems.ts'
import { mostFiles } from './read-form.ts'
import { createTimes } from './times.ts'
import { createViews } from './views.ts'

interface PageDeps {
  operator: { id: string; name: string; names?: Partial<Record<Language, string>>; legalName: string }
  passwordMinimum: number
  viewsDir: string
  words: Translations
  assets: Assets
  icons: (name: string) => string
  browsers: Browsers
  countries: Countries
  language: (ctx: Context) => Language
}

/** What every view and every part can use without being handed it. */
const helpers = [
  't',
  'hasWord',
  'language',
  'locale',
  'languages',
  'csrf',
  'problems',
  'raw',
  'asset',
  'icon',
  'fontsAtOnce',
  'date',
  'shortDate',
  'dateTime',
  'list',
  'country',
  'countries',
  'detail',
  'phoneHint',
  'inOrder',
  'detailLabels',
  'asLine',
  'detailList',
  'detailsNamed',
  'operator',
  'passwordMinimum',
  'mostFiles',
  'here',
  'startAt',
  'problemAt',
  'wholeCodes',
  'notSaved',
]

const noBreak = '\u{A0}'
const inPostalCode = /(?<=\b(?:[A-Z]{1,2}\d[A-Z\d]?|\d{3,4})) (?=(?:\d{2}|\d[A-Z]{2}|[A-Z]{2})\b)/g

/** What stands on a line, or in a cell, by itself begins as a sentence does. */
const asLine = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

const once = (make: () => string): (() => string) => {
  let made: string | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** Gives each request its `page` and its `render`. */
export const createPages = ({
  operator,
  passwordMinimum,
  viewsDir,
  words,
  assets,
  icons,
  browsers,
  countries,
  language,
}: PageDeps): PageMiddleware => {
  const views = createViews(viewsDir, helpers, { compact: true })
  const times = createTimes()

  const helpersFor = ({ page }: { page: Page }, url: string) => ({
    t: page.t,
    hasWord: words.has,
    // A function, so that only a page that prints it, in a form, gives its browser a cookie; the same in each of its forms.
    csrf: once(() => page.csrf),
    language: page.language,
    languages: languages.map((code) => ({ code, name: nameOfLanguage(code), href: inLanguage(url, code) })),
    problems: {} as Problems,
    raw: {},
    asset: assets.address,
    icon: icons,
    fontsAtOnce: isLatin(page.language) ? fontsAtOnce : fontsAtOnce.slice(0, 1),
    date: (at: number | string) => formatDate(page.language, at, page.country),
    shortDate: (at: number) => formatDate(page.language, at, page.country, { short: true }),
    dateTime: (at: number) => times.inText(at, formatDateTime(page.language, at, page.country)),
    locale: localeOf(page.language),
    list: (items: readonly string[]) => formatList(page.language, items),
    country: (code: string) => countries.name(page.language, code),
    countries: countries.options(page.language),
    /** A basic detail as people read it. */
    detail: (field: string, value: string | null) => {
      if (value === null || value === '') return page.t('details.none')
      if (field === 'country') return countries.name(page.language, value)
      if (field === 'birthDate') return formatDate(page.language, value)
      if (field === 'postalCode') return value.replaceAll(' ', noBreak)
      // Its lines in one, as a sentence has it.
      return formatParts(page.language, value.split('\n'))
    },
    /** Of the country whose number it is where that is known, else of whoever is signed in, or reads (K2). */
    phoneHint: (country?: string | null) =>
      page.t('layout.phone-hint', {
        code: callingCode(country) ?? callingCode(page.country) ?? callingCode(countryOf(page.language)) ?? '+',
      }),
    /** Basic details in the order in which readers of this language write them (K3). */
    inOrder: (names: readonly DetailName[]) => detailsInOrder(names, page.language),
    /** Which details, by their labels, in that order: what somebody agrees to is called as its fields are. */
    detailLabels: (names: readonly DetailName[]) =>
      formatList(
        page.language,
        detailsInOrder(names, page.language).map((name) => page.t(`details.${name}`)),
      ),
    asLine,
    /** The same as a list that stands by itself. */
    detailList: (names: readonly DetailName[]) => asLine(nameDetails(names, page.language, page.t)),
    /** The same inside a sentence. */
    detailsNamed: (names: readonly DetailName[]) => nameDetails(names, page.language, page.t),
    /** An address in which no line ends inside a postal code, such as 223 70, CR0 4UJ or 1012 AB. */
    wholeCodes: (address: string) => address.replace(inPostalCode, noBreak),
    passwordMinimum,
    mostFiles,
    operator: {
      id: operator.id,
      name: operator.names?.[page.language] ?? operator.name,
      legalName: operator.legalName,
    },
    here: url.split('?')[0],
    startAt,
    /** What is wrong, with the name of its field, once (K5). */
    problemAt: (label: string, sentence: string) =>
      label && !namesField(sentence, label) ? page.t('layout.labelled', { label, value: sentence }) : sentence,
    notSaved: page.notSaved ?? '',
  })

  return async function giveThePage(ctx, next) {
    const page = createPage(ctx as unknown as Context, { browsers, words, language })
    ctx.page = page
    ctx.render = (view: string, data: Record<string, unknown> = {}, status = 200) => {
      const all = { ...helpersFor(ctx, ctx.req.url ?? '/'), ...data }
      const shown = views.render(view, all)
      const problems = problemsOn(shown, all.problems)
      const html = times.inPage(problems === all.problems ? shown : views.render(view, { ...all, problems }))
      ctx.status = status
      ctx.type = 'html'
      ctx.set('Content-Language', page.language)
      // As bytes, which are made once: a text is measured first, and written out again by the socket.
      ctx.body = Buffer.from(`<!doctype html>\n${html.trim()}\n`)
    }
    await askedFrom(
      browsers.asking(
        ctx as unknown as Context,
        () => page.browser,
        () => clientNetwork(ctx),
      ),
      next,
    )
  }
}

const createPage = (
  ctx: Context,
  { browsers, words, language }: Pick<PageDeps, 'browsers' | 'words' | 'language'>,
): Page => {
  let spoken: Language | undefined
  let browser: string | undefined
  const page: Page = {
    get language() {
      spoken ??= language(ctx)
      return spoken
    },
    set language(other: Language) {
      spoken = other
    },
    get browser() {
      browser ??= browsers.idOf(ctx)
      return browser
    },
    get knownBrowser() {
      return browser ?? browsers.known(ctx)
    },
    get csrf() {
      const { ownerTag } = this
      return browsers.csrf(this.browser) + (ownerTag && `.${ownerTag}`)
    },
    get ownerTag() {
      return this.owner ? browsers.ownerTag(this.owner) : ''
    },
    requestId: String(ctx.state.requestId),
    get address() {
      return (ctx.state.callerAddress as () => string | undefined)()
    },
    t: (key: string, values?: WordValues) => words.t(page.language, key, values),
  }
  // A wish is kept for the pages to come, also where this answer says nothing.
  if (wishesForLanguage.test(ctx.req.url ?? '')) spoken = language(ctx)
  return page
}

const wishesForLanguage = /[?&](lang|ui_locales)=/

/** This very page in another language: a link, so that it works without a form and without JavaScript. */
const inLanguage = (url: string, code: Language): string => {
  const [path, query] = url.split('?', 2)
  // Most pages have none, and there are as many links as languages.
  if (!query) return `${path}?lang=${code}`
  const parameters = new URLSearchParams(query)
  parameters.set('lang', code)
  return `${path}?${parameters}`
}
