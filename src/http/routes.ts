import Router from '@koa/router'
import type { DefaultState } from 'koa'
import type { z } from 'zod'
import { AppError, isAppError } from '../lib/errors.ts'
import { exactPaths } from './exact-paths.ts'
import { withoutSecrets } from './filled.ts'
import { createFormsAgain } from './forms-again.ts'
import type { PageExtras, PageMiddleware } from './page-context.ts'
import { asSent, InvalidForm, type Problems, problemsOf } from './problems.ts'
import { assertFewFiles, type Filled, type SentFile, TokenRefused } from './read-form.ts'
import type { MountDeps, Nothing, PathParams, Refusal, Route, RouteContext, Row } from './route.ts'
import { seeOther } from './see-other.ts'
import { isTelling, pathOf, tells } from './told-pages.ts'

/** Writes rows of one entry point: `Who` says, for each right, whom the handler is handed. */
export const rowsOf =
  <Who extends object>() =>
  <Right extends keyof Who & string, Params = Nothing, Query = Nothing, Form = Nothing, Json = Nothing>(
    row: Row<Who, Right, Params, Query, Form, Json>,
  ): Route =>
    row as unknown as Route

/** A table on a router of its own. What no row asks for reaches no handler; what is wrong is told where it is. */
export const mount = (routes: readonly Route[], deps: MountDeps): PageMiddleware => {
  const router = new Router<DefaultState, PageExtras>(exactPaths)
  if (deps.around) router.use(deps.around as never)
  const formsAgain = createFormsAgain(routes, deps)
  const { toldPages } = deps
  const telling = new Set(routes.flatMap(({ path, otherwise }) => (otherwise === undefined ? [] : [path])))

  /** A page that only says what was done is anybody's, for it may have signed them out; what leads by a link is no form. */
  const rememberLed = (ctx: RouteContext): void => {
    const to = ctx.response.get('Location')
    if (ctx.status !== 303) return
    if (tells(to)) toldPages?.leads(ctx, to, ctx.page.owner ?? '')
    else if (ctx.method === 'POST' && telling.has(pathOf(to))) toldPages?.leads(ctx, to, '')
  }

  for (const route of routes) {
    const answer = async (ctx: RouteContext) => {
      if (ctx.method === 'GET' && (await formsAgain.show(ctx))) return
      const params = paramsOf(ctx, route)
      let isIn = false
      const goOn = async (who: never) => {
        isIn = true
        if (deps.signInFirst) ctx.page.owner = deps.whose?.(who)
        await serve(ctx, who, params)
      }
      await deps.enter(route.right, ctx, goOn, params)
      if (!isIn && route.form) await formsAgain.keepUnsent(ctx, route, params, () => formOf(ctx, route, deps))
      rememberLed(ctx)
    }
    router[methods[route.method]](route.path, answer)

    const serve = async (ctx: RouteContext, who: never, params: PathParams): Promise<void> => {
      const tell = async (error: unknown, sent: Filled): Promise<void> => {
        const refusal = (route.refusal ?? deps.refusal ?? refusalOf)(error)
        if (!refusal) throw error
        const problems = asSent(refusal.problems, sent)
        const again = { problems, raw: withoutSecrets(sent), params: params as never, sentTo: ctx.path }
        if (!(await formsAgain.answer(ctx, route, who, again, refusal))) throw error
      }
      const form = await formOf(ctx, route, deps).catch((error: unknown) => {
        if ((error instanceof TokenRefused && route.again) || isAppError(error, 'files-too-large')) return error
        throw error
      })
      if (form instanceof TokenRefused)
        return formsAgain.askOnceMore(ctx, route, who, params, withoutSecrets(form.filled))
      // None of it was read, so none of it can be shown again: a browser's script says it before anything is sent.
      if (form instanceof AppError) return tell(form, {})
      const { filled: sent, files } = form
      if (formsAgain.isAnothers(ctx)) return formsAgain.tellAnothers(ctx, route)
      const raw = withoutSecrets(sent)
      try {
        assertFewFiles(files)
        const isTold = toldPages?.isLedHere(ctx, ctx.page.owner ?? '') ?? true
        if (route.otherwise !== undefined && !isTold) return seeOther(ctx, route.otherwise)
        const given = await read(ctx, route, sent, isTold, deps)
        if (deps.admit && !(await deps.admit(route.right, ctx, who))) return
        const take = async () => {
          if (route.limit) await deps.take?.(route.limit, ctx)
        }
        if (!route.late) await take()
        await route.handler(ctx, who, { ...given, params, raw, files, take } as never)
      } catch (error) {
        await tell(error, sent)
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

const methods = { GET: 'get', POST: 'post', PATCH: 'patch', ALL: 'all' } as const

/** What is wrong with a form is told on its page, with 400. */
export const refusalOf = (error: unknown): Refusal | undefined => {
  const problems = problemsOf(error)
  return problems && { problems, status: 400 }
}

/** AppError `not-found`, whoever asks: what is longer than any that leads somewhere leads nowhere. */
const paramsOf = (ctx: RouteContext, { params }: Route): PathParams => {
  const read = params?.safeParse(ctx.params)
  if (read && !read.success) throw new AppError('not-found', 'not-found')
  return (read?.data ?? {}) as PathParams
}

const read = async (ctx: RouteContext, route: Route, sent: Filled, isTold: boolean, deps: MountDeps) => {
  const asked = Object.entries(ctx.query).filter(([name]) => isTold || !isTelling(name))
  const query = route.query?.safeParse(Object.fromEntries(asked))
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
