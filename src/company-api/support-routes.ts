import type Router from '@koa/router'
import type { RouterContext } from '@koa/router'
import type { Context, Next } from 'koa'
import { z } from 'zod'
import { isAppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import {
  askers,
  nameOf,
  type OpenCase,
  type ProveCaller,
  type SeeCase,
  type Staff,
  type StaffStore,
} from '../support/index.ts'
import type { Authorize } from './authorize.ts'
import { jsonBody } from './read-json.ts'
import { ScimError } from './read-patch.ts'

export interface SupportApiDeps {
  support: { staff: Pick<StaffStore, 'get'>; openCase: OpenCase; seeCase: SeeCase; proveCaller: ProveCaller }
  issuer: string
  log: Log
}

const text = (most: number) =>
  z
    .string()
    .max(most)
    .transform((value) => value.normalize('NFC').replace(/\p{C}/gu, ' ').trim())
const wanted = z.strictObject({
  reference: text(60).default(''),
  reason: text(500).default(''),
  askedBy: z.enum(askers).default('person'),
  agent: text(254),
  find: text(300),
})
const named = z.strictObject({ agent: text(254) })
const proof = z.strictObject({ agent: text(254), code: text(12) })
type Act<T> = (member: Staff, id: string, asked: T) => Promise<unknown>

/** A case's id has colons, which addresses would have to escape. */
const addressOf = (id: string): string => id.replaceAll(':', '.')
const idOf = (address: string): string => address.replaceAll('.', ':')

/**
 * The door of a company's ticket system (S4-5): it works in a case for one of the company's agents and reads what the
 * case has reached, by the rules, the limits and the record that the console has. What changes anything is done in the
 * console alone, where the agent has a second factor.
 */
export const addSupport = (
  router: Router,
  authorized: Authorize,
  { support: { staff, openCase, seeCase, proveCaller }, issuer, log }: SupportApiDeps,
): void => {
  /** Whoever is named must be on this company's staff this moment; the use case decides what their role lets them. */
  const agentOf = async (company: string, name: unknown): Promise<Staff> => {
    const member = typeof name === 'string' ? await staff.get(name.trim().toLowerCase()) : null
    if (member?.company !== company || member.status !== 'active')
      throw new ScimError(403, undefined, 'agent must name somebody on this company’s staff.')
    return member
  }

  const present = async (member: Staff, id: string) => {
    const { case: seen, state, account, details, services } = await seeCase.see(member, id)
    const address = addressOf(id)
    return {
      id: address,
      case: nameOf(seen),
      state,
      url: `${issuer}/console/cases/${address}`,
      found: account !== undefined,
      ...(account && { account: { ...account, ...datesOf(account) } }),
      ...(details && { basicDetails: details.values }),
      ...(services && { linkedServices: services }),
    }
  }

  const read = async <T>(ctx: Context, shape: z.ZodType<T>): Promise<T> => {
    const body = shape.safeParse(await jsonBody(ctx))
    if (body.success) return body.data
    throw new ScimError(400, undefined, `${body.error.issues[0]?.path.join('.') || 'The body'} is not as it should be.`)
  }

  /** An act of an agent in a case, which then is read as it stands. */
  const inCase =
    <T extends { agent: string }>(shape: z.ZodType<T>, act: Act<T>) =>
    async (ctx: RouterContext) => {
      const { company } = await authorized(ctx, ctx.params, 'accounts.read')
      const asked = await read(ctx, shape)
      const member = await agentOf(company.id, asked.agent)
      const id = idOf(String(ctx.params.id))
      await act(member, id, asked)
      ctx.body = await present(member, id)
    }

  router.use(answerInJson(log))
  router.post('/cases', async (ctx) => {
    const { company } = await authorized(ctx, ctx.params, 'accounts.read')
    const { find, agent, ...asked } = await read(ctx, wanted)
    const member = await agentOf(company.id, agent)
    const { _id } = await openCase.open(member, asked)
    await openCase.find(member, _id, find)
    ctx.status = 201
    ctx.body = await present(member, _id)
  })
  router.get('/cases/:id', async (ctx) => {
    const { company } = await authorized(ctx, ctx.params, 'accounts.read')
    const member = await agentOf(company.id, ctx.query.agent)
    ctx.body = await present(member, idOf(String(ctx.params.id)))
  })
  router.post('/cases/:id/code', inCase(named, proveCaller.sendCode))
  router.post(
    '/cases/:id/proof',
    inCase(proof, (member, id, { code }) => proveCaller.checkCode(member, id, code)),
  )
  router.post('/cases/:id/approval', inCase(named, proveCaller.askApproval))
  router.post('/cases/:id/services', inCase(named, proveCaller.askForServices))
  router.post('/cases/:id/close', inCase(named, openCase.close))
}

const statusOfKind: Record<string, number> = {
  invalid: 400,
  forbidden: 403,
  'not-found': 404,
  gone: 410,
  conflict: 409,
  limited: 429,
}

const answerInJson = (log: Log) => async (ctx: Context, next: Next) => {
  ctx.set('Cache-Control', 'no-store')
  try {
    await next()
  } catch (error) {
    if (error instanceof ScimError) {
      ctx.status = error.status
      ctx.body = { error: error.status === 401 ? 'invalid-token' : 'refused', detail: error.message }
    } else if (isAppError(error) && statusOfKind[error.kind]) {
      ctx.status = statusOfKind[error.kind] ?? 400
      if (error.kind === 'limited') ctx.set('Retry-After', String(60 * Number(error.values.minutes ?? 1)))
      ctx.body = { error: error.code }
    } else {
      log.error({ error }, 'a ticket system’s call failed')
      ctx.status = 500
      ctx.body = { error: 'failed', detail: 'Something failed here. Try again.' }
    }
  }
}

const iso = (at: number): string => new Date(at).toISOString()

/** Instants as JSON carries them; inside they are numbers. */
const datesOf = (account: NonNullable<Awaited<ReturnType<SeeCase['see']>>['account']>) => ({
  ...(account.linkedSince !== undefined && { linkedSince: iso(account.linkedSince) }),
  ...(account.behindSince !== undefined && { behindSince: iso(account.behindSince) }),
  deliveries: account.deliveries.map((each) => ({ ...each, at: iso(each.at) })),
  signIns: account.signIns.map((each) => ({ ...each, at: iso(each.at) })),
  changes: account.changes.map((each) => ({ ...each, at: iso(each.at) })),
  devices: account.devices.map((each) => ({ ...each, seenAt: iso(each.seenAt) })),
})
