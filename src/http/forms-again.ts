import { isAppError } from '../lib/errors.ts'
import { withoutSecrets } from './filled.ts'
import type { KeptForm } from './kept-forms.ts'
import type { Problems } from './problems.ts'
import type { Filled } from './read-form.ts'
import type { Again, MountDeps, PathParams, Refusal, Route, RouteContext, ShowAgain } from './route.ts'
import { seeOther } from './see-other.ts'

/** Statuses that say more than that the form was wrong: told at once, in the answer to the form. */
const toldAtOnce = [403, 429, 503]

/**
 * How a form is shown again: its answer leads to the page that it stands on, which tells once what was wrong (U9), or that
 * nothing of it was saved, because whoever opened it is signed in no more (U10).
 */
export const createFormsAgain = (routes: readonly Route[], deps: MountDeps) => {
  const { keptForms, againFor, enter, signInFirst, whose = () => '' } = deps
  const gets = new Set(routes.flatMap(({ method, path }) => (method === 'GET' ? [path] : [])))
  const posts = new Map(routes.flatMap((route) => (route.method === 'POST' ? [[route.path, route]] : [])))
  const showOf = (route: Route, problems: Problems): ShowAgain | undefined => againFor?.(problems) ?? route.again
  const nothing = { problems: {}, raw: {}, params: {} }

  /** What waits for the page at this address. */
  const lookFor = (ctx: RouteContext) => {
    for (const slot of ['form', 'unsent'] as const) {
      const kept = keptForms?.look(ctx, slot)
      const route = kept && kept.page === ctx.path ? posts.get(kept.row) : undefined
      if (kept && route) return { kept, route, slot }
    }
    return undefined
  }

  return {
    /** False where no page tells it. */
    answer: async (
      ctx: RouteContext,
      route: Route,
      who: never,
      again: Again<never>,
      { status, retryAfter }: Refusal,
    ): Promise<boolean> => {
      const show = showOf(route, again.problems)
      if (!show) return false
      if (retryAfter !== undefined) ctx.set('Retry-After', String(retryAfter))
      const to = toldAtOnce.includes(status)
        ? undefined
        : (route.page?.(again) ?? pageOf(route.path, again.sentTo, gets))
      const page = to?.split('?')[0] ?? ''
      if (to && keptForms?.keep(ctx, { ...again, row: route.path, page, whose: whose(who) })) seeOther(ctx, to)
      else await show(ctx, who, again, status)
      return true
    },

    /** True when the page is answered: it tells what waits for it, once, to whom it was told. */
    show: async (ctx: RouteContext): Promise<boolean> => {
      const found = lookFor(ctx)
      if (!found) return false
      const { kept, route, slot } = found
      let isPlain = false
      const goOn = async (who: never) => {
        keptForms?.drop(ctx, slot)
        const own = signInFirst ? whose(who) : undefined
        if (own !== undefined) ctx.page.owner = own
        const isTheirs = slot === 'form' ? kept.whose === whose(who) : isOf(ctx, kept)
        if (isTheirs) ctx.page.notSaved = kept.notSaved
        const show = isTheirs && !isEmpty(kept) ? showOf(route, kept.problems) : undefined
        isPlain = !show
        await show?.(ctx, who, againOf(kept), 200)
      }
      await enter(route.right, ctx, goOn, kept.params as PathParams)
      return !isPlain
    },

    /** A form of somebody who is signed in no more waits for them, and the way to it leads over the sign-in. */
    keepUnsent: async (
      ctx: RouteContext,
      route: Route,
      params: PathParams,
      read: () => Promise<{ filled: Filled }>,
    ): Promise<void> => {
      const page = pageOf(route.path, ctx.path, gets)
      if (!signInFirst || !page) return
      // What was too large to be read is lost, and said to be, as what is too long to be kept.
      const sent = await read().catch((error) => (isAppError(error, 'files-too-large') ? { filled: {} } : undefined))
      if (!sent) return
      const form = { row: route.path, sentTo: ctx.path, page, notSaved: 'signed-out' as const }
      const by = ctx.page.sentBy ?? ''
      const raw = by ? withoutSecrets(sent.filled) : {}
      // What is too long to be kept is lost, and said to be.
      const isKept = keptForms?.keep(ctx, { ...form, problems: {}, raw, params, whose: by }, 'unsent')
      if (!isKept) keptForms?.keep(ctx, { ...form, ...nothing, whose: '' }, 'unsent')
      signInFirst(ctx, page)
    },

    /** Whether the page that the form came from was another's than who is signed in by now. */
    isAnothers: ({ page }: RouteContext): boolean =>
      Boolean(page.owner) && page.sentBy !== undefined && page.sentBy !== page.ownerTag,

    tellAnothers: (ctx: RouteContext, route: Route): void => {
      const page = pageOf(route.path, ctx.path, gets) ?? '/'
      const form = { ...nothing, row: route.path, sentTo: ctx.path, page, notSaved: 'another' as const }
      keptForms?.keep(ctx, { ...form, whose: ctx.page.ownerTag }, 'unsent')
      seeOther(ctx, page)
    },

    /** Refused for its token alone: filled in as it was, it is taken the next time (R7). */
    askOnceMore: async (
      ctx: RouteContext,
      route: Route,
      who: never,
      params: PathParams,
      raw: Filled,
    ): Promise<void> => {
      const problems = { form: { code: 'form-token' } }
      await route.again?.(ctx, who, { problems, raw, params: params as never, sentTo: ctx.path }, 403)
    },
  }
}

const isOf = ({ page }: RouteContext, { whose }: KeptForm): boolean => whose === '' || whose === page.ownerTag

/** Nothing but that it was not saved. */
const isEmpty = ({ problems, raw }: KeptForm): boolean =>
  Object.keys(problems).length === 0 && Object.keys(raw).length === 0

const againOf = ({ problems, raw, params, sentTo }: KeptForm): Again<never> => ({
  problems,
  raw,
  params: params as never,
  sentTo,
})

/** The nearest address at or above that of a form which answers GET. */
const pageOf = (row: string, sentTo: string, gets: ReadonlySet<string>): string | undefined => {
  if (gets.has(row)) return sentTo
  const above = (path: string) => path.slice(0, path.lastIndexOf('/'))
  return row.includes('/') ? pageOf(above(row), above(sentTo), gets) : undefined
}
