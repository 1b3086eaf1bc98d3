/** Somebody on the way to a service, over HTTP: opens the pages of a sign-in, sends their forms, comes back or not. */
import assert from 'node:assert/strict'
import type { TestApp } from './app.ts'
import { anAuthorization, createTestBrowser, handedOver, type Visit } from './browser.ts'
import { fieldsOf } from './pages.ts'

export const password = 'lantern over still water'

/** What somebody types who signs in. */
export const asTyped = ({ email, password }: { email: string; password: string }) => ({ email, password })

/** What *Create account* asks for. */
export const aRegistration = (email: string, changes: Record<string, string> = {}) => ({
  email,
  password,
  givenName: 'Maja',
  familyName: 'Holm',
  birthDate: '1994-05-06',
  country: 'SE',
  ...changes,
})

/** `from`: an address that the app's trusted proxy forwards. */
export const aTraveller = (app: TestApp, from?: string) => {
  const browser = createTestBrowser(undefined, from)

  const isBack = (url: URL): boolean => url.origin !== app.issuer && url.pathname.endsWith('/callback')

  const baseOf = (page: Visit): string => `/sign-in/${new URL(page.url).pathname.split('/')[2]}`

  const onward = (answer: Visit): Promise<Visit> | Visit =>
    answer.next && !isBack(new URL(answer.next)) ? browser.follow(answer.next, isBack) : answer

  const post = (page: Visit, end: string, fields: Record<string, string>): Promise<Visit> =>
    browser.submit(`${app.issuer}${baseOf(page)}${end}`, fields)

  return {
    ...browser,
    isBack,
    baseOf,
    post,

    /** Asks to sign in at a service; ends at the first page that asks something, or with the way back. */
    go: (client: string, more: Record<string, string> = {}): Promise<Visit> => {
      const redirectUri = app.config.group.clients.get(client)?.client.redirectUris[0] ?? ''
      const asked = anAuthorization(client, redirectUri, { scope: 'openid profile email', ...more })
      return browser.follow(`${app.issuer}/auth?${asked}`, isBack)
    },

    open: (page: Visit, end: string): Promise<Visit> => browser.visit(`${app.issuer}${baseOf(page)}${end}`),

    /** The answer to a form of the page, not yet followed. */
    send: (page: Visit, end: string, changes: Record<string, string> = {}): Promise<Visit> =>
      post(page, end, { ...fieldsOf(page, `${baseOf(page)}${end}`), ...changes }),

    /** Sends a form of the page and goes on to wherever it leads. */
    act: async (page: Visit, end: string, changes: Record<string, string> = {}): Promise<Visit> =>
      onward(await post(page, end, { ...fieldsOf(page, `${baseOf(page)}${end}`), ...changes })),

    /** What the service is told: a code, or an error. */
    told: (visit: Visit): string => {
      const answer = handedOver(visit)
      assert.ok(isBack(new URL(visit.next ?? '')), `not back at the service: ${visit.next}`)
      return answer.get('error') ?? (answer.get('code') ? 'code' : 'nothing')
    },
  }
}

export type Traveller = ReturnType<typeof aTraveller>
