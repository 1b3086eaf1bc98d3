import type Router from '@koa/router'
import type { RouterContext } from '@koa/router'
import { z } from 'zod'
import { guardedDetails } from '../accounts/index.ts'
import { detailNames } from '../details/index.ts'
import { plainText } from '../lib/plain-text.ts'
import type { Agent } from '../staff/index.ts'
import { acts, requesters, type Support } from '../support/index.ts'
import { type AnswerDeps, answerInJson, BodyError } from './answer-in-json.ts'
import type { Authorize } from './authorize.ts'
import { idOf, presentCase } from './present-case.ts'
import { jsonBody } from './read-json.ts'
import { ScimError } from './read-patch.ts'

export interface SupportApiDeps extends AnswerDeps {
  support: Pick<Support, 'openCase' | 'seeCase' | 'proveCaller' | 'corrections' | 'actOnAccount' | 'resendCode'> & {
    staff: Pick<Support['staff'], 'get'>
  }
  issuer: string
}

const text = (most: number) =>
  z
    .string()
    .max(most)
    .transform((written) => plainText(written, most))
const values = z.partialRecord(z.enum(detailNames), z.string().max(300).nullable())

/** Who it is done for stands beside what is done. */
const body = <T extends z.ZodRawShape>(shape: T) => z.strictObject({ agent: text(254), ...shape })
const nothingMore = body({})
const bodies = {
  open: body({
    reference: text(60).default(''),
    reason: text(500).default(''),
    askedBy: z.enum(requesters).default('person'),
    find: text(300),
  }),
  find: body({ find: text(300) }),
  proof: body({ code: text(12) }),
  firstCode: body({ email: text(254) }),
  details: body({ details: values, shown: values }),
  guarded: body({ field: z.enum(guardedDetails), value: text(300) }),
  act: body({ act: z.enum(acts), newAddress: text(254).optional(), device: text(100).optional() }),
}

const longestAddress = 254

type Scope = 'accounts.read' | 'accounts.write'

/**
 * The door of a company's ticket system (S4-5): it works in a case for one of the company's agents, by the use cases,
 * limits and record of the console. What rests on an agent's own eyes is done at the console alone, where they have a
 * second factor; the roles know what that is.
 */
export const addSupport = (router: Router, authorized: Authorize, deps: SupportApiDeps): void => {
  const { openCase, seeCase, proveCaller, corrections, actOnAccount, resendCode, staff } = deps.support

  /** Whoever is named must be on this company's staff this moment; the use case decides what their role lets them. */
  const agentOf = async (name: unknown, company: string, through: string): Promise<Agent> => {
    const member =
      typeof name === 'string' && name.length <= longestAddress ? await staff.get(name.trim().toLowerCase()) : null
    if (member?.company !== company || member.status !== 'active')
      throw new ScimError(403, undefined, 'agent must name somebody on this company’s staff.')
    return { ...member, through }
  }

  const present = async (agent: Agent, id: string) => presentCase(await seeCase.see(agent, id), deps.issuer)

  /** An act of an agent in a case, which is then answered as it stands. */
  const inCase = {
    post: <T extends { agent: string }>(
      path: string,
      scope: Scope,
      shape: z.ZodType<T>,
      carryOut: (agent: Agent, id: string, asked: T) => Promise<unknown>,
    ) =>
      router.post(path, async (ctx) => {
        const { company, client } = await authorized(ctx, ctx.params, scope)
        const asked = await read(ctx, shape)
        const agent = await agentOf(asked.agent, company.id, client)
        const id = idOf(String(ctx.params.id))
        await carryOut(agent, id, asked)
        ctx.body = await present(agent, id)
      }),
  }

  router.use(answerInJson(deps))
  router.post('/cases', async (ctx) => {
    const { company, client } = await authorized(ctx, ctx.params, 'accounts.read')
    const { find, agent: name, ...asked } = await read(ctx, bodies.open)
    const agent = await agentOf(name, company.id, client)
    const { _id } = await openCase.open(agent, asked)
    await openCase.find(agent, _id, find)
    ctx.status = 201
    ctx.body = await present(agent, _id)
  })
  router.get('/cases/:id', async (ctx) => {
    const { company, client } = await authorized(ctx, ctx.params, 'accounts.read')
    const agent = await agentOf(ctx.query.agent, company.id, client)
    ctx.body = await present(agent, idOf(String(ctx.params.id)))
  })

  inCase.post('/cases/:id/find', 'accounts.read', bodies.find, (agent, id, { find }) => openCase.find(agent, id, find))
  inCase.post('/cases/:id/code', 'accounts.read', nothingMore, proveCaller.sendCode)
  inCase.post('/cases/:id/proof', 'accounts.read', bodies.proof, (agent, id, { code }) =>
    proveCaller.checkCode(agent, id, code),
  )
  inCase.post('/cases/:id/approval', 'accounts.read', nothingMore, proveCaller.askApproval)
  inCase.post('/cases/:id/services', 'accounts.read', nothingMore, proveCaller.askForServices)
  inCase.post('/cases/:id/close', 'accounts.read', nothingMore, openCase.close)

  inCase.post('/cases/:id/details', 'accounts.write', bodies.details, (agent, id, { details, shown }) =>
    corrections.correct(agent, id, details, shown),
  )
  inCase.post('/cases/:id/guarded', 'accounts.write', bodies.guarded, (agent, id, { field, value }) =>
    corrections.proposeGuarded(agent, id, { field, value }),
  )
  inCase.post('/cases/:id/acts', 'accounts.write', bodies.act, (agent, id, { act, newAddress, device }) =>
    actOnAccount.act(agent, id, act, newAddress ?? device ?? ''),
  )
  inCase.post('/cases/:id/first-code', 'accounts.write', bodies.firstCode, (agent, id, { email }) =>
    resendCode.toNewcomer(agent, id, email),
  )

  router.all('/*rest', async () => {
    throw new ScimError(
      404,
      undefined,
      'There is nothing at this address. A case is opened with POST /cases, read with GET, and gone on in with POST. Papers, evidence and a second agent’s agreement are for the console alone.',
    )
  })
}

const read = async <T>(ctx: RouterContext, shape: z.ZodType<T>): Promise<T> => {
  const parsed = shape.safeParse(await jsonBody(ctx))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') || (issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined)
  throw new BodyError(field, `${field ?? 'The body'}: ${issue?.message ?? 'not as it should be'}.`)
}
