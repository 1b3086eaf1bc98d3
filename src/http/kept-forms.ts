import { minute, now } from '../lib/clock.ts'
import { digest } from '../lib/ids.ts'
import { createSecretBox } from '../lib/secret-box.ts'
import { cookieName } from './cookie-name.ts'
import type { NotSaved, PageContext } from './page-context.ts'
import type { Problems } from './problems.ts'
import type { Filled } from './read-form.ts'
import type { HttpSettings } from './settings.ts'

/** One for each: what is wrong with a sign-in may not take the place of what waits until somebody is signed in. */
type Slot = (typeof keptForms)[number]

/** What was sent with a form and not done, for the page that the form stands on. */
export interface KeptForm {
  /** The row that it was sent to, as its table names it. */
  row: string
  /** Where it was sent. */
  sentTo: string
  /** The page that shows it, without what follows `?`. */
  page: string
  /** Whose page it was; '' before anybody is signed in. */
  whose: string
  params: unknown
  problems: Problems
  /** Without passwords and codes. */
  raw: Filled
  /** Why nothing of it was saved, where nothing was wrong with it. */
  notSaved?: NotSaved
}

const keptFor = 15 * minute
/** Characters; browsers hold 4096 of a cookie, its name and attributes included. */
const mostKept = 3500

/**
 * A form that is shown again is a page of its own to the browser, so that neither *Back* nor a reload sends anything twice
 * (U9): what was wrong and what was typed wait for it, once and at most 15 minutes, in a cookie that opens for the browser
 * alone that sent them. One form of a kind: the later takes the earlier's place. What does not fit is not kept.
 */
export const createKeptForms = (config: Pick<HttpSettings, 'production' | 'port' | 'secretKeys'>) => {
  const box = createSecretBox(config.secretKeys)
  const nameOf = (slot: Slot) => cookieName(config, slot)
  const options = { httpOnly: true, sameSite: 'lax', path: '/', overwrite: true } as const
  const boundTo = (browser: string, slot: Slot) => `kept-${slot}:${digest(browser)}`

  return {
    /** False where it is too long to be kept. */
    keep: (ctx: PageContext, form: KeptForm, slot: Slot = 'form'): boolean => {
      const sealed = box.seal(JSON.stringify({ ...form, until: now() + keptFor }), boundTo(ctx.page.browser, slot))
      if (sealed.length > mostKept) return false
      ctx.cookies.set(nameOf(slot), sealed, { ...options, maxAge: keptFor })
      return true
    },

    /** What waits in this browser; whatever was planted there, or is too old, is as if it were not there. */
    look: (ctx: PageContext, slot: Slot = 'form'): KeptForm | undefined => {
      const [sealed, browser] = [ctx.cookies.get(nameOf(slot)), ctx.page.knownBrowser]
      if (!sealed || !browser) return undefined
      try {
        const { until, ...form } = JSON.parse(box.open(sealed, boundTo(browser, slot))) as KeptForm & { until: number }
        return until > now() ? form : undefined
      } catch {
        return undefined
      }
    },

    drop: (ctx: PageContext, slot: Slot): void => void ctx.cookies.set(nameOf(slot), null, options),
  }
}

export type KeptForms = ReturnType<typeof createKeptForms>

export const keptForms = ['form', 'unsent'] as const
