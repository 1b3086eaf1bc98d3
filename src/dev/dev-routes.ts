import Router from '@koa/router'
import type { DefaultState } from 'koa'
import { Duration } from 'luxon'
import getRawBody from 'raw-body'
import type { Config } from '../config/index.ts'
import { type Demonstration, demonstrationServices } from '../config/index.ts'
import {
  exactPaths,
  type Http,
  type PageContext,
  type PageExtras,
  type PageMiddleware,
  seeOther,
} from '../http/index.ts'
import { type AdjustableClock, day, isoNow, second } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Mailer } from '../mail/index.ts'
import { totpOf } from '../staff/index.ts'
import { demoJson } from './demo-json.ts'
import { createDemonstrationServices, type DemonstrationService } from './demonstration-services.ts'

export interface DevRoutesDeps {
  config: Config
  /** Absent: the provider alone, with nobody in it and no services to wait for. */
  demonstration: Demonstration | undefined
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
  /** Empties the database. */
  forget: () => Promise<void>
  /** Makes whom the demonstration begins with; false when they are there. */
  seed: () => Promise<boolean>
}

const longestIdle = 30 * second
const nobody: Demonstration = { people: [], staff: [], spareClients: [] }
/** On the page; a program gets all of them. */
const mostMails = 20

export const createDevRoutes = (deps: DevRoutesDeps) => {
  const { config, demonstration = nobody, http, mailer, clock, runDue, pending } = deps
  let isSeeded = false
  const router = new Router<DefaultState, PageExtras>(exactPaths)
  const { group, issuer } = config
  const services = servicesOf(config)
  const outside = createDemonstrationServices(
    deps.demonstration ? demonstrationServices(group, deps.demonstration).map(({ service }) => service) : [],
  )

  router.use('/dev', async (ctx, next) => {
    if (ctx.method === 'POST') http.refuseForeignOrigin(ctx as unknown as PageContext)
    await next()
  })

  router.get('/dev', async (ctx) => {
    const named = (id: string) => group.companies.get(id)?.name ?? id
    ctx.render('dev/tour', {
      services: await Promise.all(
        services
          .toSorted((a, b) => a.url.localeCompare(b.url))
          .map(async (service) => ({
            ...service,
            companyName: named(service.company),
            // A partner wears nobody's colours.
            brand: group.partners.has(service.id) ? null : group.companies.get(service.company)?.brand,
            description: (group.services.get(service.id) ?? group.partners.get(service.id))?.description,
            fault: (await outside.faultOf(service.id)) ?? null,
          })),
      ),
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
    const mails = ((await mailer.mailbox?.list(addressIn(ctx))) ?? []).slice(0, mostMails)
    ctx.render('dev/mail', { mails, to: addressIn(ctx) ?? '', most: mostMails })
  })
  router.get('/dev/mail.json', async (ctx) => {
    ctx.body = (await mailer.mailbox?.list(addressIn(ctx))) ?? []
  })

  router.get('/dev/clock', async (ctx) => {
    ctx.body = { now: isoNow(), offset: clock.offset() }
  })
  router.post('/dev/clock', async (ctx) => {
    const milliseconds = lengthOf((await sentIn(ctx)).advance)
    if (milliseconds === undefined) {
      ctx.status = 400
      ctx.body = { error: 'advance is an ISO 8601 duration, forward only and 100 years at most, such as P3D or PT15M' }
      return
    }
    await inTurn(async () => {
      await moveClock(clock.offset() + milliseconds)
      // Once more with what that set off: a letter about what fell due has fallen due itself.
      for (let round = 0; round < 2; round++) {
        await runDue()
        await mailer.idle()
      }
    })
    answer(ctx, { now: isoNow() })
  })

  /** The tour's fault buttons: a page posts to nobody but us, so we pass it on. */
  router.post('/dev/fault', async (ctx) => {
    const { service = '', mode = '' } = await sentIn(ctx)
    if (!(await outside.setFault(String(service), String(mode)))) throw new AppError('invalid', 'bad-request')
    answer(ctx, { service, mode })
  })

  router.post('/dev/idle', async (ctx) => {
    const left = await settled()
    if (left.length === 0) return answer(ctx, { pending: [] })
    ctx.status = 503
    ctx.body = { pending: left }
  })

  /** What is still pending when nothing is, or after the longest wait. */
  const settled = async (): Promise<string[]> => {
    const deadline = performance.now() + longestIdle
    for (;;) {
      await runDue()
      await mailer.idle()
      const left = await pending()
      if (left.length === 0 || performance.now() > deadline) return left
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }

  router.post('/dev/reset', async (ctx) => {
    await inTurn(async () => {
      // Well again, so that what is under way ends soon: it would write and tell of people who are gone.
      await outside.reset()
      await settled()
      await deps.forget()
      await outside.reset()
      await moveClock(0)
      await seedAnew()
    })
    answer(ctx, { now: isoNow() })
  })

  /** A reset or a move of the clock ends before the next begins. */
  let last: Promise<void> = Promise.resolve()
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const turn = last.then(act)
    last = turn.catch(() => {})
    return turn
  }

  /** Ends when the services were told of everybody; nobody needs the letters about it. */
  const seedAnew = async (): Promise<void> => {
    if (!(await deps.seed())) return
    await settled()
    await mailer.mailbox?.clear()
  }

  const moveClock = async (offset: number): Promise<void> => {
    clock.follow(offset)
    await deps.rememberClock(offset)
    await deps.clearLimits()
    await outside.tellClock(offset)
  }

  return {
    middleware: [router.routes()] as unknown as PageMiddleware[],
    /** Once every service has answered and the demonstration's people are there. */
    isReady: (): boolean => isSeeded,
    start: async (): Promise<void> => {
      if (!(await outside.haveAnswered(clock.offset))) return
      await inTurn(seedAnew)
      isSeeded = true
    },
    stop: outside.stop,
  }
}

const servicesOf = ({ group }: Config): DemonstrationService[] => [
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
  if (ctx.is('application/x-www-form-urlencoded')) seeOther(ctx, '/dev')
  else ctx.body = body
}

/** In milliseconds; a century more is beyond what a calendar can still say. */
const lengthOf = (advance: unknown): number | undefined => {
  const duration = Duration.fromISO(String(advance ?? ''))
  const milliseconds = duration.isValid ? duration.toMillis() : Number.NaN
  return milliseconds >= 0 && milliseconds <= 36_525 * day ? milliseconds : undefined
}

const sentIn = async (ctx: {
  req: NodeJS.ReadableStream
  is: (type: string) => string | false | null
}): Promise<Record<string, unknown>> => {
  const text = await getRawBody(ctx.req as never, { limit: '16kb', encoding: 'utf8' })
  if (ctx.is('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text))
  try {
    return Object(JSON.parse(text || '{}')) as Record<string, unknown>
  } catch {
    // Each route says what it wants instead.
    return {}
  }
}
