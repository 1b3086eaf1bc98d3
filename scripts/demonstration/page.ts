import type { SignedIn } from './relying-party.ts'

export interface ServiceLook {
  name: string
  company: string
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
export const page = (
  { name, company, description, colour, colourDark }: ServiceLook,
  session?: SignedIn,
  error?: string,
): string => {
  const given = [session?.claims.given_name, session?.claims.family_name].filter((part) => typeof part === 'string')
  const greeting = given.length > 0 ? `Hello, ${given.join(' ')}` : 'You are signed in'
  const inside = session
    ? `<h1>${escaped(greeting)}</h1>
      <p>This is what ${escaped(company)} knows of you from the sign-in. A change shows here by itself.</p>
      <p><a class="button" href="/sign-out">Sign out</a></p>
      <pre data-testid="claims" tabindex="0">${escaped(JSON.stringify(session.claims, null, 2))}</pre>`
    : `<h1>${escaped(name)}</h1>
      <p>${escaped(description)}</p>
      ${error ? `<p class="error">${escaped(sentences[error] ?? 'The sign-in did not work. Please try again.')} <code data-testid="error">${escaped(error)}</code></p>` : ''}
      <p><a class="button" href="/sign-in">Sign in</a></p>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(name)}</title>
<style>
  :root { color-scheme: light dark; --own: ${colour}; --on: #fff; --ground: #fff; --ink: #1c1b1f; --soft: #f3f1f4 }
  @media (prefers-color-scheme: dark) { :root { --own: ${colourDark}; --on: #111; --ground: #151317; --ink: #eceaef; --soft: #26232a } }
  * { box-sizing: border-box }
  body { margin: 0; font: 1.0625rem/1.6 Georgia, 'Noto Serif CJK JP', serif; background: var(--ground); color: var(--ink) }
  header { background: var(--own); color: var(--on); padding: 1.1rem 1.5rem; font-weight: 700; letter-spacing: .02em }
  header span { font-weight: 400; margin-inline-start: .6rem }
  main { max-width: 44rem; margin: 0 auto; padding: 2rem 1.5rem 4rem }
  h1 { font-size: 2.1rem; line-height: 1.2; margin: .5rem 0 1rem }
  pre { background: var(--soft); padding: 1rem; border-radius: .5rem; overflow: auto; font: .875rem/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere }
  .button { display: inline-block; background: var(--own); color: var(--on); padding: .7rem 1.6rem; border-radius: .4rem; text-decoration: none; font-weight: 700 }
  .button:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px }
  .error { border-inline-start: .3rem solid #b3261e; padding-inline-start: 1rem }
</style>
<script src="/live.js" defer></script>
</head>
<body>
<header>${escaped(name)} <span>${escaped(company)}</span></header>
<main>${inside}</main>
</body>
</html>
`
}
