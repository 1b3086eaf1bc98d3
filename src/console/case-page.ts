import { guardedDetails } from '../accounts/index.ts'
import type { AuditEntry } from '../audit/index.ts'
import { detailNames, nameDetails } from '../details/index.ts'
import { formatDateTime } from '../i18n/index.ts'
import { may, type Staff } from '../staff/index.ts'
import { type Act, addressOfCase, isDoneFor, lacksProof, nameOf, provesFor, type SeenCase } from '../support/index.ts'
import { answersOf } from './answers.ts'
import type { ConsoleContext, ConsoleDeps } from './console-deps.ts'
import type { StaffGuard } from './staff-guard.ts'

/** `company:time:random`; a colon means something in a path to some proxies, so it is written without. */
export const pathOf = (id: string): string => `/console/cases/${addressOfCase(id)}`

export type ShowCase = ReturnType<typeof createShowCase>

/** The page of a case: what its level shows, what may be done there, what happened, and what the ticket may say of it. */
export const createShowCase =
  (door: StaffGuard, { config, support: { seeCase, audit } }: Pick<ConsoleDeps, 'config' | 'support'>) =>
  async (ctx: ConsoleContext, staff: Staff, id: string, more: object = {}, status = 200) => {
    const seen = await seeCase.see(staff, id)
    const { companies } = config.group
    const company = companies.get(staff.company)
    const { case: shown } = seen
    const ended = seen.state === 'closed' ? await audit.search(staff.company, { kind: 'case', value: id }, 30) : []
    const history = shown.account
      ? await audit.search(staff.company, { kind: 'account', value: shown.account }, 30)
      : []
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
        timeline: timelineOf(ctx.page, seen, history),
        ended: ended.map((entry) => ({
          at: entry.at,
          who: entry.agent,
          what: ctx.page.t(`console.acts.${entry.action}`),
        })),
        summary: summaryOf(ctx.page, seen),
        answers: company ? answersOf(ctx.page, company, config.issuer) : [],
        cures: (act: Act) =>
          may(staff, 'act', staff.company) && isDoneFor(shown.askedBy, act) && !lacksProof(act, staff, seen.state),
        lock: lockOf(ctx.page.t, seen.account?.lockedFor ?? 0),
        detailNames,
        guarded: guardedDetails,
        companyNames: Object.fromEntries([...companies.values()].map(({ id, name }) => [id, name])),
        proofs: provesFor,
        isDone: (act: string) => isDoneFor(shown.askedBy, act),
        may: (action: Parameters<typeof may>[1]) => may(staff, action, staff.company),
        isOneself: (agent: string) => agent === staff._id,
        keyOf,
        done: null,
        ...more,
      },
      status,
    )
  }

type Translate = ConsoleContext['page']['t']

const keyOf = (words: string): string => words.replaceAll(' ', '-')

interface Moment {
  at: number
  what: string
  who?: string
  /** Another case, in which it was done. */
  other?: { name: string; href: string }
}

/** What happened to this account as its own company may know it: wrong attempts, changes, its people's acts, deliveries, sign-ins. */
const timelineOf = (page: ConsoleContext['page'], seen: SeenCase, history: AuditEntry[]): Moment[] =>
  [...attemptsOf(page, seen), ...momentsOf(page, seen, history)].sort((a, b) => b.at - a.at)

/** What was tried in vain, whatever else happened since. */
const attemptsOf = ({ t }: ConsoleContext['page'], { account }: SeenCase): Moment[] =>
  (account?.attempts ?? []).map(({ what, count = 0, at }) => ({
    at,
    what: t(`console.attempts.${what}`, { count }),
  }))

const momentsOf = (
  { t, language }: ConsoleContext['page'],
  { case: shown, account }: SeenCase,
  history: AuditEntry[],
): Moment[] =>
  [
    ...history.map(({ at, action, agent, through, case: id }) => ({
      at,
      what: t(`console.acts.${action}`),
      who: through ? `${agent}\u{A0}·\u{A0}${t('console.audit.through', { system: through })}` : agent,
      ...(id && id !== shown._id && { other: { name: id.split(':').at(-1) ?? id, href: pathOf(id) } }),
    })),
    ...(account?.linkedSince ? [{ at: account.linkedSince, what: t('console.linked') }] : []),
    ...(account?.changes ?? []).map(({ at, fields, by }) => ({
      at,
      what: t(`console.changed.${by}`, { fields: nameDetails(fields, language, t) }),
    })),
    ...(account?.deliveries ?? []).map(({ at, recipient, outcome }) => ({
      at,
      what: t(`console.deliveries.${deliveryOf(outcome)}`, { recipient }),
    })),
    ...(account?.signIns ?? []).map(({ at, service }) => ({ at, what: t('console.signed-in', { service }) })),
  ]
    .sort((a, b) => b.at - a.at)
    .slice(0, 30)

const deliveryOf = (outcome: string): string =>
  outcome === 'acknowledged' || outcome === 'refused' ? outcome : 'failed'

/** For the ticket: what is the matter, and nothing of who it is about. */
const summaryOf = ({ t, language }: ConsoleContext['page'], { case: seen, state, account }: SeenCase): string => {
  const line = (name: string, value: string) => t('layout.labelled', { label: t(`console.summary.${name}`), value })
  const lines = [line('case', nameOf(seen)), line('state', t(`states.${keyOf(state)}`))]
  if (account) {
    const { linkStatus, behindSince, wayIn, hindrances, furtherRecipientBehind, deliveries } = account
    const since = behindSince
      ? ` ${t('console.status.behind-since', { time: formatDateTime(language, behindSince) })}`
      : ''
    lines.push(line('link', t(`states.${keyOf(linkStatus)}`) + since))
    lines.push(line('way-in', t(`console.ways.${wayIn}`)))
    for (const { what, until } of hindrances)
      lines.push(t(`console.hindrances.${what}`, { until: until ? formatDateTime(language, until) : '' }))
    if (furtherRecipientBehind) lines.push(t('console.status.further-behind'))
    for (const { recipient, outcome } of deliveries)
      lines.push(t(`console.deliveries.${deliveryOf(outcome)}`, { recipient }))
  }
  return lines.join('\n')
}

/** How long the way in is slowed down; the longest is for what is left of a day. */
const lockOf = (t: Translate, minutes: number): string =>
  minutes === 0
    ? t('console.status.not-locked')
    : t(minutes > 60 ? 'console.status.locked-today' : 'console.status.locked', { minutes })
