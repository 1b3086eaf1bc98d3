import { Duration } from 'luxon'
import getRawBody from 'raw-body'
import { z } from 'zod'
import type { Config } from '../config/index.ts'
import { type Demonstration, demonstrationServices } from '../config/index.ts'
import { type Filled, fields, type Http, mount, type RouteContext, rowsOf, seeOther } from '../http/index.ts'
import { type AdjustableClock, day, isoNow, second } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Mailer } from '../mail/index.ts'
import { demoJson } from './demo-json.ts'
import { createDemonstrationServices } from './demonstration-services.ts'
import { type TourStep, tourSteps } from './progress.ts'
import { codeIn, codesIn, oneClickOf, tourOf } from './tour.ts'

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
  /** The steps of the tour that were really done. */
  done: () => Promise<TourStep[]>
  /** Remembers that a receiver was made to fail, or well again. */
  troubled: (mode: string) => Promise<void>
  /** What is recorded from now on counts for the tour. */
  begin: () => Promise<void>
  /** Runs what has fallen due, once. */
  runDue: () => Promise<void>
  /** What waits to be done now, in words. */
  pending: () => Promise<string[]>
  /** Empties the database. */
  forget: () => Promise<void>
  /** Makes whom the demonstration begins with; false when they are there. */
  seed: () => Promise<boolean>
}

/** Whoever is on this machine, and no other site's page. */
const row = rowsOf<{ here: undefined }>()
const mailsTo = z.object({ to: fields.word(254).transform((to) => to || undefined) })

/** Which step of the tour a button stands in. */
const step = z.enum(tourSteps).optional().catch(undefined)

const longestIdle = 30 * second
const nobody: Demonstration = { people: [], staff: [], spareClients: [] }
/** On the page; a program gets all of them. */
const mostMails = 20
/** Of a company's own mailer: with its headers, as it came. */
const mostOfLetter = 12_000

export const createDevRoutes = (deps: DevRoutesDeps) => {
  const { config, demonstration = nobody, http, mailer, clock, runDue, pending } = deps
  let isSeeded = false
  const { group } = config
  const outside = createDemonstrationServices(
    deps.demonstration ? demonstrationServices(group, deps.demonstration).map(({ service }) => service) : [],
  )

  const moveOn = async (ctx: RouteContext, milliseconds: number | undefined, step?: TourStep): Promise<void> => {
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
    answer(ctx, { now: isoNow() }, step)
  }

  /** The tour's fault buttons: a page posts to nobody but us, so we pass it on. */
  const setFault = async (
    ctx: RouteContext,
    { service, mode, step }: { service: string; mode: string; step?: TourStep },
  ): Promise<void> => {
    if (!(await outside.setFault(service, mode))) throw new AppError('invalid', 'bad-request')
    await deps.troubled(mode)
    answer(ctx, { service, mode }, step)
  }

  const waitUntilIdle = async (ctx: RouteContext): Promise<void> => {
    const left = await settled()
    if (left.length === 0) return answer(ctx, { pending: [] })
    ctx.status = 503
    ctx.body = { pending: left }
  }

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

  const reset = async (ctx: RouteContext): Promise<void> => {
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
  }

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
    await deps.begin()
  }

  const moveClock = async (offset: number): Promise<void> => {
    clock.follow(offset)
    await deps.rememberClock(offset)
    await deps.clearLimits()
    await outside.tellClock(offset)
  }

  const table = [
    row({
      method: 'GET',
      path: '/dev',
      right: 'here',
      handler: async (ctx) =>
        ctx.render('dev/tour', {
          ...(await tourOf(config, demonstration, outside)),
          codes: codesIn((await mailer.mailbox?.list()) ?? []),
          steps: tourSteps,
          done: await deps.done(),
        }),
    }),
    row({ method: 'GET', path: '/', right: 'here', handler: (ctx) => seeOther(ctx, '/dev') }),
    row({
      method: 'GET',
      path: '/dev/demo.json',
      right: 'here',
      handler: (ctx) => {
        ctx.body = demoJson(config, demonstration)
      },
    }),
    row({
      method: 'GET',
      path: '/dev/mail',
      right: 'here',
      query: mailsTo,
      handler: async (ctx, _who, { query: { to } }) => {
        const mails = ((await mailer.mailbox?.list(to)) ?? [])
          .slice(0, mostMails)
          .map((mail) => ({ ...mail, code: codeIn(mail), oneClick: oneClickOf(mail) }))
        ctx.render('dev/mail', { mails, to: to ?? '', most: mostMails })
      },
    }),
    row({
      method: 'POST',
      path: '/dev/mail',
      right: 'here',
      form: fields.form({ message: fields.text(mostOfLetter) }),
      handler: async (ctx, _who, { form }) => {
        await mailer.mailbox?.receive(form.message)
        answer(ctx, {})
      },
    }),
    row({
      method: 'GET',
      path: '/dev/mail.json',
      right: 'here',
      query: mailsTo,
      handler: async (ctx, _who, { query: { to } }) => {
        ctx.body = (await mailer.mailbox?.list(to)) ?? []
      },
    }),
    row({
      method: 'GET',
      path: '/dev/clock',
      right: 'here',
      handler: (ctx) => {
        ctx.body = { now: isoNow(), offset: clock.offset() }
      },
    }),
    row({
      method: 'POST',
      path: '/dev/clock',
      right: 'here',
      form: fields.form({ advance: z.any().transform(lengthOf).optional(), step }),
      handler: (ctx, _who, { form }) => moveOn(ctx, form.advance, form.step),
    }),
    row({
      method: 'POST',
      path: '/dev/fault',
      right: 'here',
      form: fields.form({ service: fields.text(100), mode: fields.text(20), step }),
      handler: (ctx, _who, { form }) => setFault(ctx, form),
    }),
    row({ method: 'POST', path: '/dev/idle', right: 'here', form: fields.form({}), handler: waitUntilIdle }),
    row({ method: 'POST', path: '/dev/reset', right: 'here', form: fields.form({}), handler: reset }),
  ]
  const mounted = mount(table, {
    enter: async (_right, ctx, goOn) => {
      if (ctx.method === 'POST') http.refuseForeignOrigin(ctx)
      await goOn(undefined as never)
    },
    readForm: (ctx) => sentIn(ctx) as Promise<Filled>,
  })

  return {
    table,
    middleware: [mounted],
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

/** A button of the tour goes back to where it stands there; a program gets JSON. */
const answer = (
  ctx: { is: (type: string) => string | false | null; body: unknown; redirect: (to: string) => void; status: number },
  body: object,
  step?: TourStep,
): void => {
  if (ctx.is('application/x-www-form-urlencoded')) seeOther(ctx, step ? `/dev#${step}` : '/dev')
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
