import { type Company, mayRefuse, purposesOf, receivedFor } from '../companies/index.ts'
import { type DetailName, detailsOfClaims } from '../details/index.ts'
import type { Actor } from '../people/index.ts'
import { type Account, type Link, mayChange } from './account.ts'
import type { AccountMutation } from './accounts-store.ts'
import { copyChanges } from './sync-rules.ts'

/** Ids of the purposes that were refused. */
export const refusedIn = ({ purposes = {} }: Pick<Link, 'purposes'>): string[] =>
  Object.entries(purposes).flatMap(([id, { yes }]) => (yes ? [] : [id]))

/**
 * The one gate of what a linked account may have (S4-4): what its person agreed to, as far as the policy still goes (M8),
 * for the purposes that they did not refuse. Copies, claims and tellings all ask this.
 */
export const releasedTo = ({ link }: Pick<Account, 'link'>, company: Pick<Company, 'release'>): DetailName[] => {
  if (!link) return []
  const received = detailsOfClaims(receivedFor(company, refusedIn(link)))
  return link.agreed.filter((field) => received.includes(field))
}

interface Choice {
  /** Id of the link that the page showed: a choice about one that ended is none about the next. */
  link: string
  op: string
  at: number
  actor: Actor
}

/** Which purposes a choice is about, and which of them are allowed; absent: it is about all. */
export interface Purposes {
  allowed: readonly string[]
  about?: readonly string[]
}

/**
 * A person lets a company have details for these of its purposes, and refuses the others that it is about. What is refused
 * leaves the copy in this very write, so that nothing which is sent after it has it; what is allowed again is brought by
 * the next look. undefined: nothing changed.
 */
export const chooseSharing = (
  account: Account,
  company: Pick<Company, 'release'>,
  { allowed, about, ...choice }: Choice & Purposes,
): AccountMutation | undefined => {
  const { link, epoch, seq } = account
  if (link?.id !== choice.link || !mayChange(account)) return undefined
  const changed = purposesOf(company)
    .filter((each) => mayRefuse(each) && (about?.includes(each.id) ?? true))
    .flatMap(({ id }) => {
      const yes = allowed.includes(id)
      return (link.purposes?.[id]?.yes ?? true) === yes ? [] : [[id, { yes, at: choice.at }] as const]
    })
  if (changed.length === 0) return undefined
  const purposes = { ...link.purposes, ...Object.fromEntries(changed) }
  const released = releasedTo({ link: { ...link, purposes } }, company)
  const { set, unset, withdrawn } = copyChanges(account, { details: {}, released })
  const { op, at, actor } = choice
  const entry = { op, at, actor, epoch, person: link.person, policyVersion: link.policyVersion }
  return {
    set: {
      'link.purposes': purposes,
      'at.v': 0,
      ...set,
      ...(withdrawn.length > 0 && { seq: seq + 1, 'link.refusedSeq': seq + 1, retry: {} }),
    },
    unset,
    log: [
      { ...entry, kind: 'sharing-chosen' },
      ...(withdrawn.length > 0 ? [{ ...entry, kind: 'shared' as const, seq: seq + 1, fields: [], withdrawn }] : []),
    ],
  }
}

/** Nothing more is told to a company until its person says so, but what they refuse; what it has it keeps. */
export const pauseSharing = (account: Account, { link, op, at, actor }: Choice): AccountMutation | undefined => {
  if (account.link?.id !== link || account.link.paused !== undefined || !mayChange(account)) return undefined
  const { epoch } = account
  return {
    set: { 'link.paused': at },
    log: [{ op, at, actor, epoch, person: account.link.person, kind: 'sharing-paused' }],
  }
}

/** The newest is told, whatever changed meanwhile. */
export const resumeSharing = (account: Account, { link, op, at, actor }: Choice): AccountMutation | undefined => {
  if (account.link?.id !== link || account.link.paused === undefined || !mayChange(account)) return undefined
  const { epoch } = account
  return {
    set: { 'at.v': 0 },
    unset: ['link.paused'],
    log: [{ op, at, actor, epoch, person: account.link.person, kind: 'sharing-resumed' }],
  }
}
