/** Somebody at the account pages, over HTTP: signs in at the one sign-in page, opens pages, sends their forms. */
import assert from 'node:assert/strict'
import { anAuthorization, createTestBrowser, type Visit } from './browser.ts'
import { fieldsOf, formsOf, readable, tokenOf } from './pages.ts'

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

  const startAt = (client: string, callback: string): string => `${issuer}/auth?${anAuthorization(client, callback)}`

  /** The page at its end. */
  const enter = async (start: string, who: { email: string; password: string }): Promise<Visit> => {
    const here = await browser.follow(start, () => false)
    const [{ action } = { action: '' }] = formsOf(here)
    const { email, password } = who
    const answer = await browser.submit(`${issuer}${action}`, { csrf: tokenOf(here), email, password })
    assert.ok(answer.next, `the sign-in leads nowhere: ${readable(answer)}`)
    return browser.follow(answer.next, () => false)
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

/** With a unified sign-in. */
export const aVisitorSignedIn = async (issuer: string, who: { email: string; password: string }): Promise<Visitor> => {
  const visitor = aVisitor(issuer)
  await visitor.signIn(who)
  return visitor
}
