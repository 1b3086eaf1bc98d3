import { guardedDetails } from '../accounts/index.ts'
import type { AuditEntry } from '../audit/index.ts'
import { detailNames } from '../details/index.ts'
import { isDoneFor, may, nameOf, provesFor, type SeenCase, type Staff } from '../support/index.ts'
import type { ConsoleContext, ConsoleDeps } from './console-deps.ts'
import type { ConsoleDoor } from './door.ts'

/** `company:time:random`; a colon means something in a path to some proxies, so it is written without. */
export const pathOf = (id: string): string => `/console/cases/${id.replaceAll(':', '.')}`
export const idOf = (ctx: ConsoleContext): string => String(ctx.params.id).replaceAll('.', ':')

export type ShowCase = ReturnType<typeof createShowCase>

/** The page of a case: what its level shows, what may be done there, what happened, and what the ticket may say of it. */
export const createShowCase =
  (door: ConsoleDoor, { config, support: { seeCase, audit } }: Pick<ConsoleDeps, 'config' | 'support'>) =>
  async (ctx: ConsoleContext, staff: Staff, more: Record<string, unknown> = {}, status = 200) => {
    const seen = await seeCase.see(staff, idOf(ctx))
    const { companies } = config.group
    const { case: shown } = seen
    const history = shown.account
      ? await audit.search(staff.company, { kind: 'account', value: shown.account }, 30)
      : []
    const { done } = ctx.query
    door.show(
      ctx,
      staff,
      'cases',
      'console/case',
      {
        path: pathOf(shown._id),
        name: nameOf(shown),
        seen,
        state: keyOf(seen.state),
        timeline: timelineOf(ctx.page.t, seen, history),
        summary: summaryOf(ctx, seen),
        detailNames,
        guarded: guardedDetails,
        companyNames: Object.fromEntries([...companies.values()].map(({ id, name }) => [id, name])),
        proofs: provesFor,
        isDone: (act: string) => isDoneFor(shown.askedBy, act),
        may: (action: Parameters<typeof may>[1]) => may(staff, action, staff.company),
        isOneself: (agent: string) => agent === staff._id,
        keyOf,
        done: typeof done === 'string' && /^[a-z-]{1,30}$/.test(done) ? done : null,
        ...more,
      },
      status,
    )
  }

const keyOf = (words: string): string => words.replaceAll(' ', '-')

interface Moment {
  at: number
  what: string
  who?: string
}

/** What happened to this account as its own company may know it: changes, its people's acts, deliveries, sign-ins. */
const timelineOf = (t: ConsoleContext['page']['t'], { account }: SeenCase, history: AuditEntry[]): Moment[] =>
  [
    ...history.map(({ at, action, agent }) => ({ at, what: t(`console.acts.${action}`), who: agent })),
    ...(account?.linkedSince ? [{ at: account.linkedSince, what: t('console.linked') }] : []),
    ...(account?.changes ?? []).map(({ at, fields, by }) => ({
      at,
      what: t(`console.changed.${by}`, { fields: fields.map((field) => t(`details.${field}`)).join(', ') }),
    })),
    ...(account?.deliveries ?? []).map(({ at, recipient, outcome }) => ({
      at,
      what: t(`console.deliveries.${deliveryOf(outcome)}`),
      who: recipient,
    })),
    ...(account?.signIns ?? []).map(({ at, service }) => ({ at, what: t('console.signed-in'), who: service })),
  ]
    .sort((a, b) => b.at - a.at)
    .slice(0, 30)

const deliveryOf = (outcome: string): string =>
  outcome === 'acknowledged' || outcome === 'refused' ? outcome : 'failed'

/** For the ticket: what is the matter, and nothing of who it is about. */
const summaryOf = (ctx: ConsoleContext, { case: seen, state, account }: SeenCase): string => {
  const { t } = ctx.page
  const line = (name: string, value: string) => `${t(`console.summary.${name}`)}: ${value}`
  return [
    line('case', nameOf(seen)),
    line('state', t(`states.${keyOf(state)}`)),
    ...(account
      ? [
          line('link', t(`states.${keyOf(account.linkStatus)}`)),
          line('way-in', t(`console.ways.${account.wayIn}`)),
          ...account.deliveries.map(
            ({ recipient, outcome }) => `${t(`console.deliveries.${deliveryOf(outcome)}`)} ${recipient}`,
          ),
        ]
      : []),
  ].join('\n')
}
