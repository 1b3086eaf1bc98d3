/**
 * What somebody's choices come to at this moment; pure, from what is stored. Strictest wins: a link brings no yes past an
 * objection, its end gives back what was said before it and never a yes that was taken back (G7).
 */
import type { AccountId } from '../accounts/index.ts'
import { day } from '../lib/clock.ts'
import {
  type Channel,
  type Choice,
  type ChoicesInForce,
  type Objection,
  objections,
  type Preferences,
  stands,
} from './preference.ts'

export interface Answer {
  allowed: boolean
  reason: 'chosen' | 'not-chosen' | 'refused' | 'objected'
  /** When it was decided, in ms since 1970; absent where nothing was. */
  at?: number
}

/** Nobody is asked again for so long after a no. */
const asksAgainAfter = 365 * day

const choiceIn = (preferences: Preferences | undefined, account: AccountId, channel: Channel): Choice | undefined =>
  preferences?.choices.find((each) => each.account === account && each.channel === channel)

const answerOf = ({ yes, at }: Pick<Choice, 'yes' | 'at'>): Answer =>
  yes ? { allowed: true, reason: 'chosen', at } : { allowed: false, reason: 'refused', at }

/** Whether a company may advertise to somebody on a channel. */
export const marketingOn = ({ account, own, person }: ChoicesInForce, channel: Channel): Answer => {
  const objected = account.link ? person?.objections.marketing : own?.objections.marketing
  const isObjected = stands(account.link ? person : own, 'marketing')
  const said = account.link ? saidUnder(account.link.id, choiceIn(person, account._id, channel)) : undefined
  const before = choiceIn(own, account._id, channel)
  // What was said after an objection was said in the knowledge of it.
  if (said && (!isObjected || said.at > (objected?.at ?? 0))) return answerOf(said)
  if (!account.link && before && (!isObjected || before.at > (objected?.at ?? 0))) return answerOf(before)
  if (isObjected && objected) return { allowed: false, reason: 'objected', at: objected.at }
  if (account.link && stands(own, 'marketing') && (before?.at ?? 0) <= (own?.objections.marketing?.at ?? 0))
    return { allowed: false, reason: 'objected', at: own?.objections.marketing?.at ?? 0 }
  return before ? answerOf(before) : { allowed: false, reason: 'not-chosen' }
}

const saidUnder = (link: string | undefined, choice: Choice | undefined): Choice | undefined =>
  choice?.link === link ? choice : undefined

/** News of the group (S4-6): of whoever asked for it, and of nobody who objected since. */
export const groupNews = ({ account, own, person }: ChoicesInForce): Answer => {
  const holder = account.link ? person : own
  const objected = stands(holder, 'marketing') ? holder?.objections.marketing : undefined
  const said = holder?.groupNews
  if (said && said.at > (objected?.at ?? 0)) return answerOf(said)
  if (objected) return { allowed: false, reason: 'objected', at: objected.at }
  return said ? answerOf(said) : { allowed: false, reason: 'not-chosen' }
}

/** Whether a yes stands, or would stand again once what hides it has ended: an objection, or the link of a separate account. */
export const hasYes = ({ account, own, person }: ChoicesInForce, from: Channel | 'group-news'): boolean => {
  const said =
    from === 'group-news' ? person?.groupNews : saidUnder(account.link?.id, choiceIn(person, account._id, from))
  const before = from === 'group-news' ? own?.groupNews : choiceIn(own, account._id, from)
  return ((account.link ? said : undefined) ?? before)?.yes === true
}

/** Whether this number, under this link, is the one at which its holder said that it is theirs (double opt-in). */
export const isConfirmed = ({ account: { link }, own }: ChoicesInForce, digest: string): boolean =>
  own?.number?.digest === digest && own.number.link === link?.id

/** Profiling and analytics go on until somebody objects; an objection of the account's own is kept through a link. */
export const goesOn = ({ account, own, person }: ChoicesInForce, objection: Objection): Answer => {
  const liftedAt = (account.link && person?.objections[objection]?.lifted) || 0
  const inForce = [own, ...(account.link ? [person] : [])].flatMap((each) => {
    const raised = stands(each, objection) ? each?.objections[objection] : undefined
    return raised && raised.at > liftedAt ? [raised] : []
  })
  const at = Math.min(...inForce.map((each) => each.at))
  return inForce.length > 0 ? { allowed: false, reason: 'objected', at } : { allowed: true, reason: 'not-chosen' }
}

/** From when on somebody who said no may be asked again, by anybody; undefined: nobody said no. */
export const askAgainFrom = ({ allowed, at }: Answer): number | undefined =>
  allowed || at === undefined ? undefined : at + asksAgainAfter

/**
 * What an account takes along when its link has ended: each no and each objection of the person it was linked to, and no
 * yes of theirs. undefined: nothing. Done again it changes nothing.
 */
export const takenAlong = (
  own: Preferences,
  person: Preferences | undefined,
  { account, at }: { account: AccountId; at: number },
): Pick<Preferences, 'choices' | 'objections' | 'groupNews'> | undefined => {
  if (!person) return undefined
  const stopped = stands(person, 'marketing')
  const saidNo = person.choices.filter((each) => each.account === account && !each.yes)
  const isTakenBack = ({ channel }: Choice) => stopped || saidNo.some((each) => each.channel === channel)
  const kept = own.choices.filter((each) => each.account !== account || each.at >= at || !isTakenBack(each))
  const refused = [...own.choices.filter((each) => !kept.includes(each)), ...saidNo].filter(
    ({ channel }, i, all) =>
      all.findIndex((each) => each.channel === channel) === i && !kept.some((each) => each.channel === channel),
  )
  const raised = objections.filter(
    (each) => stands(person, each) && Math.max(own.objections[each]?.at ?? 0, own.objections[each]?.lifted ?? 0) < at,
  )
  const newsEnds = own.groupNews?.yes === true && own.groupNews.at < at && (stopped || person.groupNews?.yes === false)
  if (refused.length === 0 && raised.length === 0 && !newsEnds) return undefined
  const n = own.n + 1
  return {
    choices: [...kept, ...refused.map(({ link: _ended, ...choice }) => ({ ...choice, yes: false, at, n }))],
    objections: { ...own.objections, ...Object.fromEntries(raised.map((each) => [each, { at, n }])) },
    ...(own.groupNews && { groupNews: newsEnds ? { yes: false, at, n } : own.groupNews }),
  }
}

export const replaced = (before: readonly Choice[], by: readonly Choice[]): Choice[] => [
  ...before.filter((old) => !by.some((each) => each.account === old.account && each.channel === old.channel)),
  ...by,
]

/**
 * After a restore (model M15): a yes may have been taken back since the backup, and nobody knows, so none counts. An
 * objection raised since is known from the journal. undefined: nothing was said.
 */
export const afterRestore = (
  { choices, groupNews: news, objections: raised, n: before }: Preferences,
  journaled: readonly Objection[],
  at: number,
): Pick<Preferences, 'choices' | 'objections' | 'groupNews'> | undefined => {
  const n = before + 1
  const isEmpty = choices.length === 0 && news === undefined && Object.keys(raised).length === 0
  if (isEmpty && journaled.length === 0) return undefined
  return {
    choices: choices.map((each) => (each.yes ? { ...each, yes: false, at, n } : each)),
    objections: { ...raised, ...Object.fromEntries(journaled.map((each) => [each, { at, n }])) },
    ...(news && { groupNews: news.yes ? { yes: false, at, n } : news }),
  }
}
