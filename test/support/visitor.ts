/** Somebody at the account pages, over HTTP: signs in at the one sign-in page, opens pages, sends their forms. */
import assert from 'node:assert/strict'
import { createTestBrowser, type Visit } from './browser.ts'

const decoded = (text: string) =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

export const tokenOf = (page: Visit): string => /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? ''

/** The fields that the form with this action carries by itself. */
export const fieldsOf = (page: Visit, action: string): Record<string, string> => {
  const at = page.text.indexOf(`action="${action}"`)
  assert.ok(at >= 0, `no form ${action} at ${page.url} (${page.status})`)
  const form = page.text.slice(at, page.text.indexOf('</form>', at))
  const fields: Record<string, string> = {}
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    const of = (name: string) => decoded(new RegExp(` ${name}="([^"]*)"`).exec(input)?.[1] ?? '')
    if (/type="(radio|checkbox)"/.test(input) && !/ checked/.test(input)) continue
    if (of('name')) fields[of('name')] = of('value')
  }
  for (const [, name = '', text = ''] of form.matchAll(
    /<textarea id="[^"]*" name="([^"]*)"[^>]*>([\s\S]*?)<\/textarea>/g,
  ))
    fields[name] = decoded(text)
  for (const [select, name] of form.matchAll(/<select id="[^"]*" name="([^"]*)"[\s\S]*?<\/select>/g))
    fields[name ?? ''] = /value="([^"]*)" selected/.exec(select)?.[1] ?? ''
  return fields
}

/** What people read: no tags, single spaces. */
export const readable = (page: Visit): string =>
  decoded(page.text.replace(/<(script|style|noscript)[\s\S]*?<\/\1>/g, '').replace(/<[^>]+>/g, ' ')).replace(
    /\s+/g,
    ' ',
  )

export const testIds = (page: Visit, id: string): string[] =>
  [...page.text.matchAll(new RegExp(`<(\\w+)[^>]*data-testid="${id}"[^>]*>([\\s\\S]*?)</\\1>`, 'g'))].map(
    ([, , inner]) =>
      decoded((inner ?? '').replace(/<[^>]+>/g, ' '))
        .replace(/\s+/g, ' ')
        .trim(),
  )

/** `from`: an address that the app's trusted proxy forwards. */
export const aVisitor = (issuer: string, from?: string) => {
  const browser = createTestBrowser(undefined, from)

  const page = (path: string): Promise<Visit> => browser.visit(`${issuer}${path}`)

  /** Sends a form of a page as it stands there, with some fields filled in otherwise; the answer, not yet followed. */
  const send = async (from: string, changes: Record<string, string> = {}, action = from): Promise<Visit> => {
    const shown = await page(from)
    return browser.submit(`${issuer}${action}`, { ...fieldsOf(shown, action), ...changes })
  }

  /** Sends it and reads the page it leads to. */
  const act = async (from: string, changes: Record<string, string> = {}, action = from): Promise<Visit> => {
    const answer = await send(from, changes, action)
    return answer.next ? browser.visit(answer.next) : answer
  }

  const startAt = (client: string, callback: string): string => {
    const request = {
      client_id: client,
      redirect_uri: callback,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    }
    return `${issuer}/auth?${new URLSearchParams(request)}`
  }

  const enter = async (start: string, who: { email: string; password: string }): Promise<void> => {
    const here = await browser.follow(start, () => false)
    const action = /<form method="post" action="([^"]+)"/.exec(here.text)?.[1] ?? ''
    const { email, password } = who
    const answer = await browser.submit(`${issuer}${action}`, { csrf: tokenOf(here), email, password })
    assert.ok(answer.next, `the sign-in leads nowhere: ${readable(answer)}`)
    await browser.follow(answer.next, () => false)
  }

  return {
    ...browser,
    page,
    send,
    act,
    signIn: (who: { email: string; password: string }) => enter(`${issuer}/account`, who),
    /** With an account's own sign-in, at a service of its company. */
    signInAt: (client: string, callback: string, who: { email: string; password: string }) =>
      enter(startAt(client, callback), who),
    /** On to a service with the sign-in that is there; where it stops. */
    goTo: (client: string, callback: string): Promise<Visit> =>
      browser.follow(startAt(client, callback), (url) => url.href.startsWith(callback)),
  }
}

export type Visitor = ReturnType<typeof aVisitor>
