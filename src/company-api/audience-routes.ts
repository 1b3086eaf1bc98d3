import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { isOfKind, messageKinds, messageTopics } from '../companies/index.ts'
import { ApiError, type Route, rowsOf } from '../http/index.ts'
import { iso } from '../lib/clock.ts'
import { type Audience, channels, type Decision, type Member, purposes, type Question } from '../preferences/index.ts'
import { atCompany, type CompanyCaller } from './authorize.ts'

export interface AudienceApiDeps {
  audience: Audience
}

/** What was begun for a request before it came here, and failed: it is told of, and not done again. */
export type Begun = Pick<WeakMap<IncomingMessage, Promise<Decision>>, 'get' | 'set'>

const mostAtOnce = 200
const word = (most: number) => z.string().min(1).max(most)

/** The subject of one of its own accounts. */
const subject = z.strictObject({ type: z.enum(['user', 'account']), id: word(300), properties: anything().optional() })
/** What for; `send` where the message says it. */
const action = z.strictObject({ name: z.enum([...purposes, 'send']), properties: anything().optional() })
/** By what; or one of the company's messages, declared in its configuration or here. */
const channel = z.strictObject({
  type: z.literal('channel'),
  id: z.enum(channels),
  properties: z.strictObject({ address: word(300).optional() }).optional(),
})
const message = z.strictObject({
  type: z.literal('message'),
  id: word(60),
  properties: z.strictObject({
    channel: z.enum(channels),
    address: word(300).optional(),
    kind: z.enum(messageKinds).optional(),
    about: z.enum(messageTopics).optional(),
  }),
})
const resource = z.discriminatedUnion('type', [channel, message])
export const evaluation = z.strictObject({ subject, action, resource, context: anything().optional() })
/** That a number is theirs, as its holder said to the company that asked there. */
const confirmation = z.strictObject({
  subject,
  resource: z.strictObject({
    type: z.literal('channel'),
    id: z.enum(['text', 'phone']),
    properties: z.strictObject({ address: word(300) }),
  }),
})
const part = evaluation.partial()
const evaluations = part.extend({
  evaluations: z.array(part).min(1).max(mostAtOnce),
  options: z.strictObject({ evaluations_semantic: z.literal('execute_all') }).optional(),
})
type Evaluation = z.output<typeof evaluation>

/** Where to go on, '' from the beginning; null for what can't be read: it would look as if it had gone on. */
function mark() {
  return z
    .string()
    .max(400)
    .default('')
    .transform((sent): string | null => sent)
    .catch(null)
}

function anything() {
  return z.record(z.string().max(100), z.unknown())
}

const row = rowsOf<{ 'audience.read': CompanyCaller; 'audience.write': CompanyCaller; anyone: undefined }>()

export const evaluationPath = '/audience/:company/evaluation'

/**
 * Who may be written to, for what, on which channel (S2-a, S4-6, S6-a), in the shape of the AuthZEN Authorization API:
 * `subject`, `action`, `resource` → `decision`, with its reason in `context`.
 */
export const audienceRoutes = ({ audience }: AudienceApiDeps, begun: Begun): Route[] => [
  row({
    method: 'POST',
    path: evaluationPath,
    right: 'audience.read',
    params: atCompany,
    says: 'Asks whether one person may be written to, for what, on which channel.',
    json: evaluation,
    handler: async (ctx, { company, client }, { json }) => {
      const question = questionIn(company, json)
      ctx.body = present(await (begun.get(ctx.req) ?? audience.evaluate(company, client, question)))
    },
  }),
  row({
    method: 'POST',
    path: '/audience/:company/evaluations',
    right: 'audience.read',
    params: atCompany,
    says: 'Asks the same of up to 200 at once.',
    json: evaluations,
    handler: async (ctx, { company, client }, { json: { evaluations: asked, options: _all, ...shared } }) => {
      const questions = asked.map((each, i) => questionIn(company, whole({ ...shared, ...each }, i)))
      const decided = await audience.evaluateAll(company, client, questions)
      ctx.body = { evaluations: decided.map(present) }
    },
  }),
  row({
    method: 'POST',
    path: '/audience/:company/confirmations',
    right: 'audience.write',
    params: atCompany,
    says: 'Reports that you asked at a phone number, and that its holder confirmed it.',
    json: confirmation,
    handler: async (ctx, { company, client }, { json: { subject: about, resource: at } }) => {
      const number = at.properties.address
      const refused = await audience.confirmNumber(company, client, { subject: about.id, channel: at.id, number })
      if (refused === 'unknown-subject') throw new ApiError(404, undefined, sentences[refused], { code: refused })
      if (refused) throw new ApiError(409, undefined, sentences[refused], { code: refused })
      ctx.status = 204
    },
  }),
  row({
    method: 'GET',
    path: '/audience/:company/changes',
    right: 'audience.read',
    params: atCompany,
    says: 'Lists what changed since a mark.',
    query: z.object({ since: mark() }),
    handler: async (ctx, { company, client }, { query: { since } }) => {
      const page = since === null ? undefined : await audience.changesSince(company, client, since)
      if (!page)
        throw new ApiError(
          410,
          undefined,
          'since: changes are kept for 30 days, and this is no mark of those. Export anew.',
          {
            code: 'mark-too-old',
            field: 'since',
          },
        )
      const { changes, next, more } = page
      ctx.body = { changes: changes.map(({ at, ...each }) => ({ ...presentMember(each), at: iso(at) })), next, more }
    },
  }),
  row({
    method: 'GET',
    path: '/audience/:company/export',
    right: 'audience.read',
    params: atCompany,
    says: 'Hands out the whole audience, one line of JSON each.',
    query: z.object({ after: mark() }),
    handler: (ctx, { company, client }, { query: { after } }) => {
      if (after === null) return refuse('after', 'after: this is no subject of an account.')
      ctx.type = 'application/x-ndjson'
      ctx.body = Readable.from(linesOf(audience.exported(company, client, after)))
    },
  }),
  row({
    method: 'ALL',
    path: '/audience/:company/*rest',
    right: 'anyone',
    handler: () => {
      throw new ApiError(
        404,
        undefined,
        'There are POST /evaluation, /evaluations and /confirmations, GET /changes and /export.',
      )
    },
  }),
]

/** The last line says that it was the last: what was broken off is seen, and goes on with `after` of the last subject. */
async function* linesOf(members: AsyncIterable<Member>): AsyncGenerator<string> {
  let count = 0
  for await (const member of members) {
    count += 1
    yield `${JSON.stringify(presentMember(member))}\n`
  }
  yield `${JSON.stringify({ end: true, count })}\n`
}

const refuse = (field: string, detail: string): never => {
  throw new ApiError(400, undefined, detail, { code: 'invalid-body', field })
}

const whole = (asked: z.output<typeof part>, i: number): Evaluation => {
  const missing = (['subject', 'action', 'resource'] as const).find((name) => asked[name] === undefined)
  if (missing) refuse(`evaluations.${i}.${missing}`, `evaluations.${i}: ${missing} is neither there nor at the top.`)
  return asked as Evaluation
}

/** A message goes by the kind that it was declared with: marketing is never asked about as if it were service. */
export const questionIn = ({ messages }: CompanyCaller['company'], asked: Evaluation): Question => {
  const { name } = asked.action
  const base = { subject: asked.subject.id }
  if (asked.resource.type === 'channel') {
    if (name === 'send')
      return refuse('action.name', `action.name: with a channel it is one of ${purposes.join(', ')}.`)
    return { ...base, purpose: name, channel: asked.resource.id, address: asked.resource.properties?.address }
  }
  const { id, properties } = asked.resource
  const declared = messages.find((each) => each.id === id)
  const kind = declared?.kind ?? properties.kind
  const about = declared?.about ?? properties.about
  if (!kind || !about)
    return refuse('resource.id', `resource.id: "${id}" is not declared: write kind and about in its properties.`)
  if (!isOfKind(kind, about))
    return refuse('resource.properties.kind', `A message about ${about} is not of the kind ${kind}.`)
  if (properties.kind !== undefined && properties.kind !== kind)
    return refuse('resource.properties.kind', `"${id}" is declared as ${kind}.`)
  if (name !== 'send' && name !== kind) return refuse('action.name', `"${id}" is of the kind ${kind}, not ${name}.`)
  return { ...base, purpose: kind, channel: properties.channel, address: properties.address }
}

/** In words for whoever reads a log; the code is what programs go by. */
const sentences: Record<Decision['reason'], string> = {
  chosen: 'The person said yes to this.',
  'not-chosen': 'Nothing was decided: what is not chosen is a no, except where people object.',
  refused: 'The person said no.',
  objected: 'The person objects.',
  'service-message': 'A message that the account needs is sent whatever was chosen about marketing.',
  'unknown-subject': 'There is no such account here.',
  'stands-still': 'The account is being closed or unlinked.',
  'no-address': 'The account has no address for this channel.',
  'address-differs': 'The account has another address for this channel.',
  'address-not-proven': 'The address has not been confirmed by its holder.',
  'number-not-confirmed':
    'The person said yes. Ask at the number whether it is theirs, report that, and advertise there after it.',
  'not-on-this-channel': 'News of the group are sent by e-mail alone.',
}

export const present = ({ decision, reason, decidedAt, askAgainFrom, unsubscribe }: Decision) => ({
  decision,
  context: {
    reason,
    reason_admin: { en: sentences[reason] },
    ...(decidedAt !== undefined && { decided_at: iso(decidedAt) }),
    ...(askAgainFrom !== undefined && { ask_again_from: iso(askAgainFrom) }),
    ...(unsubscribe && {
      headers: { 'List-Unsubscribe': `<${unsubscribe}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
    }),
  },
})

const presentMember = ({ subject: id, allowed, confirmFirst, objections }: Member) => ({
  subject: { type: 'user', id },
  allowed: allowed.map(({ purpose, channel: by, unsubscribe }) => ({
    action: { name: purpose },
    resource: { type: 'channel', id: by },
    ...(unsubscribe && { unsubscribe }),
  })),
  ...(confirmFirst.length > 0 && { confirm_first: confirmFirst }),
  objections,
})
