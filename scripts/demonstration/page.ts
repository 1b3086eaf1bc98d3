import { join } from 'node:path'
import { inLanguage } from '../../src/companies/in-language.ts'
import type { Localized } from '../../src/companies/index.ts'
import { createTranslations, formatDate, type Language, languages, nameOfLanguage } from '../../src/i18n/index.ts'
import { lookOf } from './looks.ts'
import type { SignedIn } from './relying-party.ts'
import type { Sent } from './send-newsletter.ts'

export interface ServiceLook {
  id: string
  name: string
  /** The company's id; of a partner application its own. */
  look: string
  company: string
  legalName: string
  policyUrl: string
  /** Where its people are signed in: the way back to the tour and to their account pages. */
  issuer: string
  description: Localized
  colour: string
  colourDark: string
  /** Whether it has one to send. */
  newsletter?: unknown
}

const words = createTranslations(join(import.meta.dirname, 'words'))

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** A service's one page, in its own company's look: plainly another place than the sign-in. */
export const page = (service: ServiceLook, language: Language, session?: SignedIn, error?: string): string =>
  framed(service, language, '/', session ? signedIn(service, language, session) : front(service, language, error))

/** A partner answers for itself, so it has a policy of its own. */
export const policyPage = (service: ServiceLook, language: Language): string => {
  const { t } = speaking(language)
  return framed(
    service,
    language,
    '/privacy',
    `<div class="hero"><h1>${t('policy')}</h1>
    <p>${t('policy-text', service)}</p>
    <p><a href="/">${t('back')}</a></p></div>`,
  )
}

/** What its mailer did, in the place of the people in an office who press the button. */
export const newsletterPage = (service: ServiceLook, language: Language, last: Sent | undefined): string => {
  const { t } = speaking(language)
  const done = last
    ? `<p role="status" data-testid="newsletter">${escaped(words.t(language, 'newsletter-sent', { ...last }))}</p>`
    : ''
  return framed(
    service,
    language,
    '/newsletter',
    `<div class="hero"><h1>${t('newsletter')}</h1>
    <p>${t('newsletter-text')}</p>
    ${done}
    ${service.newsletter ? `<form method="post" action="/newsletter"><button class="button">${t('newsletter-send')}</button></form>` : ''}
    <p class="on"><a href="${service.issuer}/dev/mail">${t('newsletter-mails')}</a></p>
    <p><a href="/">${t('back')}</a></p></div>`,
  )
}

/** What stands in the letter. */
export const newsletterOf =
  ({ name, id }: ServiceLook, language: Language) =>
  (unsubscribe: string): string => {
    const news = words.t(language, `goods.${id}.first.line`)
    return `${name}\n\n${words.t(language, `goods.${id}.first.name`)}: ${news}\n\n${words.t(language, 'newsletter-leave')}\n${unsubscribe}\n`
  }

/** Its words, fit to stand in the page. */
const speaking = (language: Language) => ({
  t: (key: string, { name = '', company = '', legalName = '' }: Partial<ServiceLook> = {}): string =>
    escaped(words.t(language, key, { name, company, legalName })),
})

const front = ({ id, name, description }: ServiceLook, language: Language, error?: string): string => {
  const { t } = speaking(language)
  const goods = ['first', 'second', 'third'].map((place) => `goods.${id}.${place}`)
  const problem = error && (words.has(`problems.${error}`) ? error : 'other')
  return `<div class="hero">
    <h1>${escaped(name)}</h1>
    <p>${escaped(inLanguage(description, language))}</p>
    ${problem ? `<p class="error">${t(`problems.${problem}`)} <code data-testid="error">${escaped(error)}</code></p>` : ''}
    <p><a class="button" href="/sign-in">${t('sign-in')}</a></p>
  </div>
  <ul class="goods">${goods.map((each) => `<li><h2>${t(`${each}.name`)}</h2><p>${t(`${each}.line`)}</p></li>`).join('')}</ul>`
}

const signedIn = (service: ServiceLook, language: Language, { claims }: SignedIn): string => {
  const { t } = speaking(language)
  const name = [claims.given_name, claims.family_name].filter((part) => typeof part === 'string').join(' ')
  return `<div class="hero">
    <h1>${name ? t('hello', { name }) : t('signed-in')}</h1>
    <p>${t('knows', service)}</p>
    <p><a class="button" href="/sign-out">${t('sign-out')}</a></p>
  </div>
  <div class="known">
    <section><h2>${t('account')}</h2><dl>${readable(claims, language)
      .map(([term, value]) => `<div><dt>${t(`known.${term}`)}</dt><dd>${escaped(value)}</dd></div>`)
      .join('')}</dl></section>
    <section><h2>${t('claims')}</h2>
    <pre data-testid="claims" tabindex="0">${escaped(JSON.stringify(claims, null, 2))}</pre></section>
  </div>`
}

/** What a person would recognise of the claims; those of the protocol are in the other list. */
const readable = (claims: Record<string, unknown>, language: Language): [term: string, value: string][] => {
  const { street_address, postal_code, locality, region, country } = Object(claims.address) as Record<string, string>
  const countryName = country && new Intl.DisplayNames(language, { type: 'region' }).of(country)
  const lines = [street_address, [postal_code, locality].filter(Boolean).join(' '), region, countryName]
  const rows: [string, unknown][] = [
    ['name', claims.name],
    ['email', claims.email],
    ['birthdate', typeof claims.birthdate === 'string' && formatDate(language, claims.birthdate)],
    ['address', lines.filter(Boolean).join(', ')],
    ['phone', claims.phone_number],
    ['number', claims.sub],
  ]
  return rows.flatMap(([term, value]) => (typeof value === 'string' && value !== '' ? [[term, value]] : []))
}

const framed = (service: ServiceLook, language: Language, here: string, inside: string): string => {
  const { name, look, company, policyUrl, issuer, colour, colourDark } = service
  const { css, mark } = lookOf(look)
  const { t } = speaking(language)
  const inOthers = languages.map(
    (other) =>
      `<a lang="${other}" hreflang="${other}" href="${here}?lang=${other}"${other === language ? ' aria-current="true"' : ''}>${nameOfLanguage(other)}</a>`,
  )
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(name)}</title>
<style>
  :root { color-scheme: light dark; --own: ${colour}; --on: #fff; --ground: #fff; --ink: #1c1b1f; --soft: #f5f3f6; --line: #d9d5dc }
  @media (prefers-color-scheme: dark) { :root { --own: ${colourDark}; --on: #111; --ground: #151317; --ink: #eceaef; --soft: #211f25; --line: #3a3740 } }
  * { box-sizing: border-box }
  body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; line-height: 1.55; font-size: 1.0625rem; background: var(--ground); color: var(--ink); overflow-wrap: anywhere }
  header { display: flex; align-items: center; gap: .75rem; padding: 1rem 1.5rem; background: var(--own); color: var(--on); font-weight: 700 }
  @media (prefers-color-scheme: dark) { header { background: var(--soft); color: var(--own); box-shadow: inset 0 -.2rem var(--own) } }
  header svg { width: 2rem; height: 2rem; flex: none; fill: none; stroke: currentColor; stroke-width: 2.2; stroke-linecap: round; stroke-linejoin: round }
  header span { font-weight: 400 }
  main { flex: 1 }
  h1 { margin: 0 0 .75rem; font-size: clamp(2rem, 1.4rem + 3vw, 3.25rem); line-height: 1.1 }
  h2 { margin: 0 0 .5rem; font-size: 1.15rem }
  p { margin: 0 0 1.25rem }
  h1, h2 { text-wrap: balance }
  p, li, dd { text-wrap: pretty }
  :lang(ja) :is(h1, h2, p, li, dd) { line-break: strict; word-break: auto-phrase }
  :lang(ja) h1 { font-style: normal }
  .hero { padding: 3rem max(1.5rem, calc((100% - 62rem) / 2)); background: var(--soft) }
  .hero p { max-width: 36rem }
  .hero .on { margin-top: 1.25rem }
  .goods, .known { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr)); gap: 1.5rem; margin: 0; padding: 2.5rem max(1.5rem, calc((100% - 62rem) / 2)); list-style: none }
  .goods li { padding: 1.25rem; background: var(--soft) }
  .goods p, dl, dd { margin: 0 }
  dl div { padding: .6rem 0; border-top: 1px solid var(--line) }
  dt { font-size: .9rem }
  dd { font-weight: 700 }
  a { color: inherit }
  button { border: 0; font: inherit; cursor: pointer }
  .button { display: inline-block; min-height: 2.75rem; background: var(--own); color: var(--on); padding: .65rem 1.75rem; border-radius: .35rem; text-decoration: none; font-weight: 700 }
  :focus-visible { outline: 3px solid var(--ink); outline-offset: 3px }
  pre { margin: 0; padding: 1rem; background: var(--soft); font: .8125rem/1.5 ui-monospace, Consolas, 'Noto Sans Mono', monospace; white-space: pre-wrap }
  .error { border-inline-start: .3rem solid #b3261e; padding-inline-start: 1rem }
  footer { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .75rem 2rem; padding: 1.25rem 1.5rem; border-top: 1px solid var(--line); font-size: .9rem }
  nav { display: flex; gap: 1.25rem }
  [aria-current] { font-weight: 700; text-decoration: none }
  header p, footer p { margin: 0 }
  ${css}
</style>
<script src="/live.js" defer></script>
</head>
<body>
<header><svg viewBox="0 0 32 32" aria-hidden="true">${mark}</svg><p>${escaped(name)} <span>${escaped(company)}</span></p></header>
<main>${inside}</main>
<footer><p>${t('responsible', service)} <a href="${escaped(policyUrl)}">${t('policy')}</a></p><nav>${service.newsletter ? `<a href="/newsletter">${t('newsletter')}</a>` : ''}<a href="${issuer}/account">${t('account-pages')}</a><a href="${issuer}/dev">${t('tour')}</a></nav><nav aria-label="${t('language')}">${inOthers.join('')}</nav></footer>
</body>
</html>
`
}
