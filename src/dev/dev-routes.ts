import Router from '@koa/router'
import type { DefaultState } from 'koa'
import { Duration } from 'luxon'
import getRawBody from 'raw-body'
import type { Config } from '../config.ts'
import type { Http, PageContext, PageExtras, PageMiddleware } from '../http/index.ts'
import { exactPaths } from '../http/index.ts'
import { type AdjustableClock, isoNow, second } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Mailer } from '../mail/index.ts'
import type { Demonstration } from '../services/index.ts'
import { totpOf } from '../support/index.ts'
import { demoJson } from './demo-json.ts'
import { createDemonstrationServices, type DemonstrationService } from './demonstration-services.ts'

export interface DevDeps {
  config: Config
  demonstration: Demonstration
  http: Pick<Http, 'refuseForeignOrigin'>
  mailer: Pick<Mailer, 'mailbox' | 'pending' | 'idle'>
  clock: AdjustableClock
  /** Keeps the clock through a restart. */
  rememberClock: (offset: number) => Promise<void>
  clearLimits: () => Promise<void>
  /** Runs what has fallen due, once. */
  runDue: () => Promise<void>
  /** What waits to be done now, in words. */
  pending: () => Promise<string[]>
  /** Empties the database and seeds it again. */
  reset: () => Promise<void>
  /** Under `npm start` the services are expected to answer before anybody is told that all is ready. */
  servicesExpected: boolean
}

const longestIdle = 30 * second

export const createDevDoor = (deps: DevDeps) => {
  const { config, demonstration, http, mailer, clock, runDue, pending } = deps
  const router = new Router<DefaultState, PageExtras>(exactPaths)
  const services = demonstrationServices(config)
  const outside = createDemonstrationServices(services, deps.servicesExpected)
  const { group, issuer } = config

  router.use('/dev', async (ctx, next) => {
    if (ctx.method === 'POST') http.refuseForeignOrigin(ctx as unknown as PageContext)
    await next()
  })

  router.get('/dev', async (ctx) => {
    const named = (id: string) => group.companies.get(id)?.name ?? id
    ctx.render('dev/tour', {
      services: services.map((service) => ({ ...service, companyName: named(service.company) })),
      people: demonstration.people.map(({ email, password, links, separate }) => ({
        email: email ?? null,
        password: password ?? null,
        links: links.map(named),
        separate: separate.map((account) => ({ ...account, company: named(account.company) })),
      })),
      staff: demonstration.staff.map((member) => ({
        ...member,
        company: named(member.company),
        code: totpOf(member.totpSecret, member.email).generate({ timestamp: Date.parse(isoNow()) }),
      })),
      now: Date.parse(isoNow()),
      issuer,
    })
  })

  router.get('/dev/demo.json', async (ctx) => {
    ctx.body = demoJson(config, demonstration)
  })

  router.get('/dev/mail', async (ctx) => {
    ctx.render('dev/mail', { mails: (await mailer.mailbox?.list(addressIn(ctx))) ?? [], to: addressIn(ctx) ?? '' })
  })
  router.get('/dev/mail.json', async (ctx) => {
    ctx.body = (await mailer.mailbox?.list(addressIn(ctx))) ?? []
  })

  router.get('/dev/clock', async (ctx) => {
    ctx.body = { now: isoNow(), offset: clock.offset() }
  })
  router.post('/dev/clock', async (ctx) => {
    const sent = await sentIn(ctx)
    const advance = Duration.fromISO(String(sent.advance ?? ''))
    const milliseconds = advance.isValid ? advance.toMillis() : Number.NaN
    if (!Number.isFinite(milliseconds) || milliseconds < 0) {
      ctx.status = 400
      ctx.body = { error: 'advance is an ISO 8601 duration, forward only, such as P3D or PT15M' }
      return
    }
    await moveClock(clock.offset() + milliseconds)
    await runDue()
    answer(ctx, { now: isoNow() })
  })

  /** The tour's fault buttons: a page posts to nobody but us, so we pass it on. */
  router.post('/dev/fault', async (ctx) => {
    const { service = '', mode = '' } = await sentIn(ctx)
    if (!(await outside.setFault(String(service), String(mode)))) throw new AppError('invalid', 'bad-request')
    answer(ctx, { service, mode })
  })

  router.post('/dev/idle', async (ctx) => {
    const deadline = performance.now() + longestIdle
    for (;;) {
      await runDue()
      await mailer.idle()
      const left = await pending()
      if (left.length === 0) return answer(ctx, { pending: [] })
      if (performance.now() > deadline) {
        ctx.status = 503
        ctx.body = { pending: left }
        return
      }
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  })

  router.post('/dev/reset', async (ctx) => {
    await outside.reset()
    await moveClock(0)
    await deps.reset()
    answer(ctx, { now: isoNow() })
  })

  const moveClock = async (offset: number): Promise<void> => {
    clock.follow(offset)
    await deps.rememberClock(offset)
    await deps.clearLimits()
    await outside.tellClock(offset)
  }

  return {
    middleware: [router.routes()] as unknown as PageMiddleware[],
    isReady: outside.haveAnswered,
    start: (): void => outside.await(clock.offset),
    stop: outside.stop,
  }
}

export type DevDoor = ReturnType<typeof createDevDoor>

export const demonstrationServices = ({ group }: Config): DemonstrationService[] => [
  ...[...group.services.values()].map(({ id, name, company, url }) => ({ id, name, company, url })),
  ...[...group.partners.values()].map(({ id, name, company, url }) => ({ id, name, company, url })),
]

const addressIn = (ctx: { query: Record<string, unknown> }): string | undefined =>
  typeof ctx.query.to === 'string' && ctx.query.to !== '' ? ctx.query.to : undefined

/** A button of the tour goes back to the tour; a program gets JSON. */
const answer = (
  ctx: { is: (type: string) => string | false | null; body: unknown; redirect: (to: string) => void; status: number },
  body: object,
): void => {
  if (!ctx.is('application/x-www-form-urlencoded')) {
    ctx.body = body
    return
  }
  ctx.redirect('/dev')
  ctx.status = 303
}

const sentIn = async (ctx: {
  req: NodeJS.ReadableStream
  is: (type: string) => string | false | null
}): Promise<Record<string, unknown>> => {
  const text = await getRawBody(ctx.req as never, { limit: '16kb', encoding: 'utf8' })
  if (ctx.is('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text))
  try {
    return JSON.parse(text || '{}') as Record<string, unknown>
  } catch {
    throw new AppError('invalid', 'bad-request')
  }
}
