import { goodsOf, lookOf } from './looks.ts'
import type { SignedIn } from './relying-party.ts'

export interface ServiceLook {
  id: string
  name: string
  /** The company's id; of a partner application its own. */
  look: string
  company: string
  legalName: string
  policyUrl: string
  description: string
  colour: string
  colourDark: string
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const sentences: Record<string, string> = {
  access_denied: 'You did not go on, so you are not signed in here.',
  not_found: 'There is no such page here.',
}

/** A service's one page, in its own company's look: plainly another place than the sign-in. */
export const page = (service: ServiceLook, session?: SignedIn, error?: string): string =>
  framed(service, session ? signedIn(service, session) : front(service, error))

/** A partner answers for itself, so it has a policy of its own. */
export const policyPage = (service: ServiceLook): string =>
  framed(
    service,
    `<div class="hero"><h1>Privacy policy</h1>
    <p>${escaped(service.legalName)} is the controller of what you let it have: it is used to show your scores to the friends you choose, kept until you leave, and given to nobody.</p>
    <p><a href="/">Back</a></p></div>`,
  )

const front = ({ id, name, description }: ServiceLook, error?: string): string => `<div class="hero">
    <h1>${escaped(name)}</h1>
    <p>${escaped(description)}</p>
    ${error ? `<p class="error">${escaped(sentences[error] ?? 'The sign-in did not work. Please try again.')} <code data-testid="error">${escaped(error)}</code></p>` : ''}
    <p><a class="button" href="/sign-in">Sign in</a></p>
  </div>
  <ul class="goods">${goodsOf(id)
    .map(([title, line]) => `<li><h2>${escaped(title)}</h2><p>${escaped(line)}</p></li>`)
    .join('')}</ul>`

const signedIn = ({ company }: ServiceLook, { claims }: SignedIn): string => {
  const name = [claims.given_name, claims.family_name].filter((part) => typeof part === 'string').join(' ')
  return `<div class="hero">
    <h1>${name ? `Hello, ${escaped(name)}` : 'You are signed in'}</h1>
    <p>This is what ${escaped(company)} knows of you from the sign-in. A change shows here by itself.</p>
    <p><a class="button" href="/sign-out">Sign out</a></p>
  </div>
  <div class="known">
    <section><h2>Your account</h2><dl>${readable(claims)
      .map(([term, value]) => `<div><dt>${term}</dt><dd>${escaped(value)}</dd></div>`)
      .join('')}</dl></section>
    <section><h2>The claims, as they came</h2>
    <pre data-testid="claims" tabindex="0">${escaped(JSON.stringify(claims, null, 2))}</pre></section>
  </div>`
}

/** What a person would recognise of the claims; those of the protocol are in the other list. */
const readable = (claims: Record<string, unknown>): [term: string, value: string][] => {
  const address = Object(claims.address) as Record<string, string>
  const lines = [address.street_address, [address.postal_code, address.locality].filter(Boolean).join(' ')]
  const rows: [string, unknown][] = [
    ['Name', claims.name],
    ['Email address', claims.email],
    ['Birth date', claims.birthdate],
    ['Address', [...lines, address.region, address.country].filter(Boolean).join(', ')],
    ['Phone', claims.phone_number],
    ['Account number', claims.sub],
  ]
  return rows.flatMap(([term, value]) => (typeof value === 'string' && value !== '' ? [[term, value]] : []))
}

const framed = (
  { name, look, company, legalName, policyUrl, colour, colourDark }: ServiceLook,
  inside: string,
): string => {
  const { css, mark } = lookOf(look)
  return `<!doctype html>
<html lang="en">
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
  .hero { padding: 3rem max(1.5rem, calc((100% - 62rem) / 2)); background: var(--soft) }
  .hero p { max-width: 36rem }
  .goods, .known { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr)); gap: 1.5rem; margin: 0; padding: 2.5rem max(1.5rem, calc((100% - 62rem) / 2)); list-style: none }
  .goods li { padding: 1.25rem; background: var(--soft) }
  .goods p, dl, dd { margin: 0 }
  dl div { padding: .6rem 0; border-top: 1px solid var(--line) }
  dt { font-size: .9rem }
  dd { font-weight: 700 }
  a { color: inherit }
  .button { display: inline-block; min-height: 2.75rem; background: var(--own); color: var(--on); padding: .65rem 1.75rem; border-radius: .35rem; text-decoration: none; font-weight: 700 }
  :focus-visible { outline: 3px solid var(--ink); outline-offset: 3px }
  pre { margin: 0; padding: 1rem; background: var(--soft); font: .8125rem/1.5 ui-monospace, Consolas, 'Noto Sans Mono', monospace; white-space: pre-wrap }
  .error { border-inline-start: .3rem solid #b3261e; padding-inline-start: 1rem }
  footer { padding: 1.25rem 1.5rem; border-top: 1px solid var(--line); font-size: .9rem }
  header p, footer p { margin: 0 }
  ${css}
</style>
<script src="/live.js" defer></script>
</head>
<body>
<header><svg viewBox="0 0 32 32" aria-hidden="true">${mark}</svg><p>${escaped(name)} <span>${escaped(company)}</span></p></header>
<main>${inside}</main>
<footer><p>${escaped(legalName)} is responsible for this service. <a href="${escaped(policyUrl)}">Privacy policy</a></p></footer>
</body>
</html>
`
}
