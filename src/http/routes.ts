import Router, { type RouterContext } from '@koa/router'
import type { DefaultState } from 'koa'
import type { z } from 'zod'
import { AppError } from '../lib/errors.ts'
import type { LimitRule } from '../limits/index.ts'
import { exactPaths } from './exact-paths.ts'
import type { KeptForm, KeptForms } from './kept-forms.ts'
import type { PageExtras, PageMiddleware } from './page-context.ts'
import { InvalidForm, type Problems, problemsOf } from './problems.ts'
import type { Filled, SentFile } from './read-form.ts'
import { seeOther } from './see-other.ts'

export type RouteContext = RouterContext<DefaultState, PageExtras>

/** What is wrong with a form, and what was written into it but secrets: for the page that shows it again. */
export interface Again<Params = unknown> {
  problems: Problems
  raw: Filled
  params: Params
  /** The address that the form was sent to. */
  sentTo: string
}

/** What a handler is handed: what its row asks for, read and measured. Nothing else of the request is read. */
interface Given<Params, Query, Form, Json> {
  params: Params
  query: Query
  form: Form
  json: Json
  /** The form's own fields as they were written, without passwords and codes. */
  raw: Filled
  /** What came with it, where the row takes files. */
  files: readonly SentFile[]
  /** Takes the row's limit, where the row says that it is taken `late`. */
  take: () => Promise<void>
}

type Nothing = Record<never, never>

/** One row of an entry point's table: an address, what it takes, who may, and what is then done. */
interface Row<Who, Right extends keyof Who, Params, Query, Form, Json> {
  method: 'GET' | 'POST' | 'PATCH' | 'ALL'
  path: string
  /** Who may come in; what it takes to be that is the entry point's access rules' to say. */
  right: Right
  /** What it does, in a sentence for whoever writes a client: documents are made of it. */
  says?: string
  params?: z.ZodType<Params>
  query?: z.ZodType<Query>
  form?: z.ZodType<Form>
  /** The form may carry files; what each may be is the use case's to judge. */
  takesFiles?: true
  json?: z.ZodType<Json>
  /** Counted for the caller's network before the handler runs. */
  limit?: LimitRule
  /** The handler takes it, once what was written is in order: a form that is shown again costs nothing. */
  late?: true
  handler: (ctx: RouteContext, who: Who[Right], given: Given<Params, Query, Form, Json>) => unknown
  /** The page that the form stands on. Without it, what is wrong with the form is told on the error's own page. */
  again?: (ctx: RouteContext, who: Who[Right], again: Again<Params>, status: number) => unknown
  /** Where that page is, if it is not the nearest above that answers GET. */
  page?: (again: Again<Params>) => string
  /** Which failures of this row are told on its page; otherwise the entry point's. */
  refusal?: (error: unknown) => Refusal | undefined
}

/** A row as tables, tests and documents know it. */
export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'ALL'
  path: string
  right: string
  says?: string
  params?: z.ZodType
  query?: z.ZodType
  form?: z.ZodType
  takesFiles?: true
  json?: z.ZodType
  limit?: LimitRule
  late?: true
  handler: (ctx: RouteContext, who: never, given: never) => unknown
  again?: ShowAgain
  page?: (again: Again<never>) => string
  refusal?: (error: unknown) => Refusal | undefined
}

type ShowAgain = (ctx: RouteContext, who: never, again: Again<never>, status: number) => unknown

/** A failure that a form's own page tells. */
export interface Refusal {
  problems: Problems
  status: number
  /** Seconds. */
  retryAfter?: number
}

/** Writes rows of one entry point: `Who` says, for each right, whom the handler is handed. */
export const rowsOf =
  <Who extends object>() =>
  <Right extends keyof Who & string, Params = Nothing, Query = Nothing, Form = Nothing, Json = Nothing>(
    row: Row<Who, Right, Params, Query, Form, Json>,
  ): Route =>
    row as unknown as Route

export interface MountDeps {
  /** Goes on with whoever the right names; anybody else is answered, or refused by throwing. */
  enter: (right: string, ctx: RouteContext, goOn: (who: never) => Promise<void>) => Promise<void>
  /** Around every row, its guard included. */
  around?: PageMiddleware
  readForm?: (ctx: RouteContext) => Promise<Filled>
  readFormWithFiles?: (ctx: RouteContext) => Promise<{ filled: Filled; files: SentFile[] }>
  readJson?: (ctx: RouteContext) => Promise<unknown>
  /** Asked once the form is measured, before the limit is taken: false when the page is answered. */
  admit?: (right: string, ctx: RouteContext, who: never) => Promise<boolean>
  take?: (limit: LimitRule, ctx: RouteContext) => Promise<unknown>
  refusal?: (error: unknown) => Refusal | undefined
  /** Keeps what was wrong with a form for the page that it stands on (U9). */
  keptForms?: KeptForms
  /** Whose page it is, by a key of theirs; '' before anybody is signed in. What one kept is shown to no other. */
  whose?: (who: never) => string
  /** The page of a question that is put between a form and its handler, where this is its problem. */
  againFor?: (problems: Problems) => ShowAgain | undefined
  /** What is told of a body in JSON that is not as its schema says. */
  refuseJson?: (issue: z.core.$ZodIssue | undefined) => Error
}

/** A table on a router of its own. What no row asks for reaches no handler; what is wrong is told where it is. */
export const mount = (routes: readonly Route[], deps: MountDeps): PageMiddleware => {
  const router = new Router<DefaultState, PageExtras>(exactPaths)
  if (deps.around) router.use(deps.around as never)
  const formsAgain = createFormsAgain(routes, deps)
  for (const route of routes) {
    const answer = async (ctx: RouteContext) => {
      if (ctx.method === 'GET' && (await formsAgain.show(ctx))) return
      await deps.enter(route.right, ctx, (who) => serve(ctx, who))
    }
    router[methods[route.method]](route.path, answer)

    const serve = async (ctx: RouteContext, who: never): Promise<void> => {
      const { filled: sent, files } = await formOf(ctx, route, deps)
      const raw = withoutSecrets(sent)
      const params = paramsOf(ctx, route) as never
      try {
        const given = await read(ctx, route, sent, deps)
        if (deps.admit && !(await deps.admit(route.right, ctx, who))) return
        const take = async () => {
          if (route.limit) await deps.take?.(route.limit, ctx)
        }
        if (!route.late) await take()
        await route.handler(ctx, who, { ...given, params, raw, files, take } as never)
      } catch (error) {
        const refusal = (route.refusal ?? deps.refusal ?? refusalOf)(error)
        if (!refusal) throw error
        const again = { problems: refusal.problems, raw, params, sentTo: ctx.path }
        if (!(await formsAgain.answer(ctx, route, who, again, refusal))) throw error
      }
    }
  }
  return router.routes() as unknown as PageMiddleware
}

const formOf = async (
  ctx: RouteContext,
  { form, takesFiles }: Route,
  { readForm, readFormWithFiles }: MountDeps,
): Promise<{ filled: Filled; files: SentFile[] }> => {
  if (form && takesFiles && readFormWithFiles) return readFormWithFiles(ctx)
  return { filled: (form && (await readForm?.(ctx))) ?? {}, files: [] }
}

/** Statuses that say more than that the form was wrong: told at once, in the answer to the form. */
const toldAtOnce = [403, 429, 503]

/** How a form is shown again: its answer leads to the page that it stands on, which tells once what was wrong (U9). */
const createFormsAgain = (routes: readonly Route[], { keptForms, whose = () => '', againFor, enter }: MountDeps) => {
  const gets = new Set(routes.flatMap(({ method, path }) => (method === 'GET' ? [path] : [])))
  const posts = new Map(routes.flatMap((route) => (route.method === 'POST' ? [[route.path, route]] : [])))
  const showOf = (route: Route, problems: Problems) => againFor?.(problems) ?? route.again

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
      const kept = keptForms?.look(ctx)
      const route = kept && kept.page === ctx.path ? posts.get(kept.row) : undefined
      const show = kept && route && showOf(route, kept.problems)
      if (!show) return false
      keptForms?.drop(ctx)
      let isAnothers = false
      await enter(route.right, ctx, async (who) => {
        isAnothers = whose(who) !== kept.whose
        if (!isAnothers) await show(ctx, who, againOf(kept), 200)
      })
      return !isAnothers
    },
  }
}

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

const methods = { GET: 'get', POST: 'post', PATCH: 'patch', ALL: 'all' } as const

/** What is wrong with a form is told on its page, with 400. */
export const refusalOf = (error: unknown): Refusal | undefined => {
  const problems = problemsOf(error)
  return problems && { problems, status: 400 }
}

const paramsOf = (ctx: RouteContext, { params }: Route): unknown => {
  const read = params?.safeParse(ctx.params)
  if (read && !read.success) throw new AppError('not-found', 'not-found')
  return read?.data ?? {}
}

const read = async (ctx: RouteContext, route: Route, sent: Filled, deps: MountDeps) => {
  const query = route.query?.safeParse({ ...ctx.query })
  if (query && !query.success) throw new AppError('invalid', 'bad-request')
  const form = route.form?.safeParse(sent)
  if (form && !form.success) throw new InvalidForm(problemsIn(form.error))
  const json = route.json?.safeParse(await deps.readJson?.(ctx))
  if (json && !json.success) throw deps.refuseJson?.(json.error.issues[0]) ?? new AppError('invalid', 'bad-request')
  return { query: query?.data ?? {}, form: form?.data ?? {}, json: json?.data }
}

const problemsIn = ({ issues }: z.ZodError): Problems =>
  Object.fromEntries(
    issues.map((issue) => {
      const { code = 'invalid-value', ...values } = (issue.code === 'custom' && issue.params) || {}
      return [String(issue.path[0] ?? 'form'), { code, values }]
    }),
  )

/** What is never shown again. */
const secret = /password|^code$/i

/** What was written into a form, without what was typed in secret. */
export const withoutSecrets = (sent: Filled): Filled =>
  Object.fromEntries(Object.entries(sent).filter(([name]) => !secret.test(name)))
