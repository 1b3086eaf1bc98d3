import { z } from 'zod'
import { guardedDetails } from '../accounts/index.ts'
import { detailNames } from '../details/index.ts'
import { ApiError, fields, type Route, rowsOf } from '../http/index.ts'
import { plainText } from '../lib/plain-text.ts'
import type { Agent } from '../staff/index.ts'
import { acts, requesters, type Support } from '../support/index.ts'
import { atCompany, type CompanyCaller } from './authorize.ts'
import { caseParams, presentCase } from './present-case.ts'

export interface SupportApiDeps {
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

type Scope = 'accounts.read' | 'accounts.write'

const row = rowsOf<Record<Scope, CompanyCaller> & { anyone: undefined }>()

/**
 * The door of a company's ticket system (S4-5): it works in a case for one of the company's agents, by the use cases,
 * limits and record of the console. What rests on an agent's own eyes is done at the console alone, where they have a
 * second factor; the roles know what that is.
 */
export const supportRoutes = (deps: SupportApiDeps): Route[] => {
  const { openCase, seeCase, proveCaller, corrections, actOnAccount, resendCode, staff } = deps.support

  /** Whoever is named must be on this company's staff this moment; the use case decides what their role lets them. */
  const agentOf = async (name: string | undefined, { company, client }: CompanyCaller): Promise<Agent> => {
    const member = name === undefined ? null : await staff.get(name.trim().toLowerCase())
    if (member?.company !== company.id || member.status !== 'active')
      throw new ApiError(403, undefined, 'agent must name somebody on this company’s staff.')
    return { ...member, through: client }
  }

  const present = async (agent: Agent, id: string) => presentCase(await seeCase.see(agent, id), deps.issuer)

  /** An act of an agent in a case, which is then answered as it stands. */
  const act = <Asked extends { agent: string }>(
    [name, says]: readonly [name: string, says: string],
    right: Scope,
    json: z.ZodType<Asked>,
    carryOut: (agent: Agent, id: string, asked: Asked) => Promise<unknown>,
  ): Route =>
    row({
      method: 'POST',
      path: `/support/:company/cases/:id/${name}`,
      right,
      says,
      params: caseParams,
      json,
      handler: async (ctx, caller, { params: { id }, json: asked }) => {
        const agent = await agentOf(asked.agent, caller)
        await carryOut(agent, id, asked)
        ctx.body = await present(agent, id)
      },
    })

  return [
    row({
      method: 'POST',
      path: '/support/:company/cases',
      right: 'accounts.read',
      params: atCompany,
      says: 'Opens a case and finds the account that it is about.',
      json: bodies.open,
      handler: async (ctx, caller, { json: { find, agent: name, ...asked } }) => {
        const agent = await agentOf(name, caller)
        const { _id } = await openCase.open(agent, asked)
        await openCase.find(agent, _id, find)
        ctx.status = 201
        ctx.body = await present(agent, _id)
      },
    }),
    row({
      method: 'GET',
      path: '/support/:company/cases/:id',
      right: 'accounts.read',
      says: 'Reads a case as it stands for the agent.',
      params: caseParams,
      query: z.object({ agent: fields.word(254) }),
      handler: async (ctx, caller, { params: { id }, query }) => {
        ctx.body = await present(await agentOf(query.agent, caller), id)
      },
    }),

    act(['find', 'Finds the account that the case is about.'], 'accounts.read', bodies.find, (agent, id, { find }) =>
      openCase.find(agent, id, find),
    ),
    act(
      ['code', 'Sends the caller a code, at an address of the account.'],
      'accounts.read',
      nothingMore,
      proveCaller.sendCode,
    ),
    act(
      ['proof', 'Proves the caller by the code that they read out.'],
      'accounts.read',
      bodies.proof,
      (agent, id, { code }) => proveCaller.checkCode(agent, id, code),
    ),
    act(
      ['approval', 'Asks the person to approve that their details are seen.'],
      'accounts.read',
      nothingMore,
      proveCaller.askApproval,
    ),
    act(
      ['services', 'Asks the person to let the linked services be seen.'],
      'accounts.read',
      nothingMore,
      proveCaller.askForServices,
    ),
    act(['close', 'Closes the case.'], 'accounts.read', nothingMore, openCase.close),

    act(['details', 'Corrects basic details.'], 'accounts.write', bodies.details, (agent, id, { details, shown }) =>
      corrections.correct(agent, id, details, shown),
    ),
    act(
      ['guarded', 'Proposes a change of a guarded detail; the person approves it.'],
      'accounts.write',
      bodies.guarded,
      (agent, id, { field, value }) => corrections.proposeGuarded(agent, id, { field, value }),
    ),
    act(['acts', 'Acts on the account.'], 'accounts.write', bodies.act, (agent, id, { act, newAddress, device }) =>
      actOnAccount.act(agent, id, act, newAddress ?? device ?? ''),
    ),
    act(
      ['first-code', 'Sends somebody who is registering another code.'],
      'accounts.write',
      bodies.firstCode,
      (agent, id, { email }) => resendCode.toNewcomer(agent, id, email),
    ),

    row({
      method: 'ALL',
      path: '/support/:company/*rest',
      right: 'anyone',
      handler: () => {
        throw new ApiError(
          404,
          undefined,
          'There is nothing at this address. A case is opened with POST /cases, read with GET, and gone on in with POST. Papers, evidence and a second agent’s agreement are for the console alone.',
        )
      },
    }),
  ]
}
