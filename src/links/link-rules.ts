import {
  type Account,
  type AccountMutation,
  blankAccount,
  copyChanges,
  type Intent,
  type Link,
} from '../accounts/index.ts'
import type { DetailName, Details } from '../details/index.ts'
import { type Actor, byCompany, bySupport, type PersonId, undoWithin } from '../people/index.ts'

export interface Joining {
  op: string
  person: PersonId
  /** The person's version and details, read after the reservation (model M3). */
  v: number
  details: Details
  r: number
  agreed: DetailName[]
  released: DetailName[]
  policyVersion: string
  at: number
  actor: Actor
}

/** Where a person's and an account's details differ: what the preview asks about. */
export interface Difference {
  field: DetailName
  person: string | null
  account: string | null
  /** Whether the account's may be taken over. */
  open: boolean
}

/** Taking it over from an account would go round its guard (T17): the person's stays. */
const neverTakenOver: readonly DetailName[] = ['birthDate']

/** Only what the company may receive is compared; what both lack or both have alike is no difference. */
export const differences = (person: Details, account: Details, released: readonly DetailName[]): Difference[] =>
  released.flatMap((field) => {
    const [mine, theirs] = [person[field] ?? null, account[field] ?? null]
    return theirs === null || mine === theirs
      ? []
      : [{ field, person: mine, account: theirs, open: !neverTakenOver.includes(field) }]
  })

/**
 * Another birth date or another family name may be another human (T18). Compared by what both know, whatever the company
 * receives of it.
 */
export const mayBeSomebodyElse = (person: Details, account: Details): boolean =>
  (['birthDate', 'familyName'] as const).some((field) => {
    const [mine, theirs] = [person[field] ?? null, account[field] ?? null]
    return mine !== null && theirs !== null && mine !== theirs
  })

/** The details that somebody chose to take over from an account, as far as its company receives them and they may. */
export const takenOver = (released: readonly DetailName[], isChosen: (field: DetailName) => boolean): DetailName[] =>
  released.filter((field) => isChosen(field) && !neverTakenOver.includes(field))

/** A new account as the link makes it: linked from its first moment, with the details that were agreed. */
export const newLinkedAccount = (
  { ownData, ...named }: Pick<Account, '_id' | 'company' | 'subject' | 'epoch' | 'language' | 'ownData'>,
  joining: Joining,
): Account => {
  const { set, fields } = copyChanges({ copy: {}, withdrawn: [] }, joining)
  const log = logOf(joining, named.epoch, 1, fields)
  return {
    ...blankAccount({ ...named, status: 'open', createdAt: joining.at }),
    ownData,
    link: linkOf(joining, 'new'),
    at: { v: joining.v, r: joining.r },
    copy: Object.fromEntries(fields.map((field) => [field, set[`copy.${field}`]])) as Details,
    seq: 1,
    log: log.map((entry, i) => ({ ...entry, n: i + 1 })),
    n: log.length,
  }
}

/**
 * Links an account that was there before: its subject stays, its own way in ends with this very write, and what the
 * person chose of its details travels to the person as said by this company under this link (model M7). `proven`: what its
 * credentials stood at when they were proven.
 * undefined: it is not free any more.
 */
export const joinExisting = (
  account: Account,
  joining: Joining & { epoch: number; keep: readonly DetailName[]; proven: number },
): AccountMutation | undefined => {
  if (account.link || account.status !== 'open' || account.epoch !== joining.epoch - 1) return undefined
  // Its sign-in was recovered, or given a new password, after it was proven (H12).
  if (account.credentialEpoch !== joining.proven) return undefined
  const { op, person, at, actor } = joining
  const kept = joining.keep.flatMap((field) => {
    const value = account.copy[field]
    return value === undefined || value === null ? [] : [{ field, value }]
  })
  const details = { ...joining.details, ...Object.fromEntries(kept.map(({ field, value }) => [field, value])) }
  const { set, unset, fields } = copyChanges(account, { details, released: joining.released })
  const seq = account.seq + 1
  const intent: Intent = {
    n: account.n + 1,
    changes: kept,
    actor,
    source: byCompany(account.company, op),
    at,
  }
  const formerAddress = account.signIn?.address ?? account.left?.formerAddress
  return {
    set: {
      ...set,
      epoch: joining.epoch,
      link: linkOf(
        joining,
        account.left?.how === 'new' && account.left.person === person ? 'new' : 'existing',
        formerAddress,
      ),
      at: { v: joining.v, r: joining.r },
      seq,
      retry: {},
      signIn: null,
      credentialEpoch: account.credentialEpoch + 1,
      credentialsChangedAt: at,
      ...(kept.length > 0 && { [`intents.${op}`]: intent }),
    },
    unset: [...unset, 'left'],
    log: logOf(joining, joining.epoch, seq, fields, account.signIn),
  }
}

const linkOf = (
  { op, person, agreed, at, policyVersion }: Joining,
  how: Link['how'],
  formerAddress?: string,
): Link => ({
  id: op,
  person,
  agreed,
  shown: true,
  since: at,
  policyVersion,
  how,
  ...(formerAddress && { formerAddress }),
})

const logOf = (joining: Joining, epoch: number, seq: number, fields: DetailName[], ended: Account['signIn'] = null) => {
  const { op, at, actor, person, policyVersion } = joining
  const common = { op, at, actor, epoch, person, policyVersion }
  return [
    // Powerless since this very write; what it was is taken away from the log, should a crash come between.
    { ...common, kind: 'linked' as const, ...(ended && { ended }) },
    { ...common, kind: 'shared' as const, seq, fields },
  ]
}

/** What its company's policy has come to release since the person was last shown it: waits for their word (model M8). */
export const notYetAgreed = ({ status, link }: Account, released: readonly DetailName[]): DetailName[] =>
  link && status === 'open' ? released.filter((field) => !link.agreed.includes(field)) : []

/** What a sign-in asks about: not yet agreed to, and not put off before. */
export const notYetAsked = (account: Account, released: readonly DetailName[]): DetailName[] =>
  notYetAgreed(account, released).filter((field) => !account.link?.putOff?.includes(field))

/** *Not now*: the account stays as it is, and no later sign-in asks for the same again. */
export const putOffMore = (
  account: Account,
  { person, fields }: { person: PersonId; fields: readonly DetailName[] },
): AccountMutation | undefined => {
  if (account.link?.person !== person) return undefined
  const open = notYetAsked(account, fields)
  return open.length > 0 ? { set: { 'link.putOff': [...(account.link.putOff ?? []), ...open] } } : undefined
}

/** The person lets a linked account have more, exactly what they were shown; the copy is then looked at anew. */
export const agreeToMore = (
  account: Account,
  agreement: Pick<Joining, 'op' | 'person' | 'agreed' | 'policyVersion' | 'at' | 'actor'>,
): AccountMutation | undefined => {
  const { agreed, policyVersion, ...entry } = agreement
  if (account.link?.person !== entry.person) return undefined
  const fields = notYetAgreed(account, agreed)
  if (fields.length === 0) return undefined
  return {
    set: { 'link.agreed': [...account.link.agreed, ...fields], 'link.policyVersion': policyVersion, 'at.v': 0 },
    log: [{ ...entry, kind: 'agreed', epoch: account.epoch, fields, policyVersion }],
  }
}

/** What was agreed falls back to what its page had shown; the copy is then cut, and what was told is withdrawn (M8). */
export const agreeToLess = (
  account: Account,
  cut: { op: string; link: string; shown: readonly DetailName[]; at: number },
): AccountMutation | undefined => {
  const { link } = account
  if (link?.id !== cut.link || link.shown) return undefined
  const agreed = link.agreed.filter((field) => cut.shown.includes(field))
  const fields = link.agreed.filter((field) => !cut.shown.includes(field))
  return {
    set: { 'link.agreed': agreed, 'link.shown': true, 'at.v': 0 },
    log: [
      {
        op: cut.op,
        kind: 'agreed-less',
        at: cut.at,
        actor: { kind: 'system' },
        epoch: account.epoch,
        fields,
        person: link.person,
        policyVersion: link.policyVersion,
      },
    ],
  }
}

/** Which details an account keeps when its link ends (G7): as before the link, or as they are now. */
export type KeptDetails = 'before' | 'now'

interface LinkEnd {
  op: string
  person: PersonId
  keep: KeptDetails
  at: number
  actor: Actor
}

/** The same while it may still be taken back that whoever asks came to it (H4): all stops, and nothing is lost yet. */
export const beginLeaving = (
  account: Account,
  { until, under, ...end }: LinkEnd & { until: number; under: number },
): AccountMutation | undefined => {
  const { op, person, keep, at, actor } = end
  if (account.link?.person !== person || account.status === 'closed' || account.leaving) return undefined
  const epoch = account.epoch + 1
  return {
    set: { epoch, leaving: { since: at, until, keep, op, actor, under } },
    log: [{ op, kind: 'unlinking', at, actor, epoch: account.epoch, seq: account.seq, person }],
  }
}

/**
 * Ends a link on the account: the commit point. The epoch kills every token, grant, send and sync made under it. An
 * account that the link made keeps its copy; one from before goes back to its own line, or stays as it is.
 */
export const leave = (account: Account, end: LinkEnd & { byLetter?: boolean }): AccountMutation | undefined => {
  const { link } = account
  if (link?.person !== end.person || account.status === 'closed') return undefined
  const goesBack = end.keep === 'before' && link.how === 'existing'
  const kept = goesBack ? account.own : account.copy
  const { epoch } = account
  return {
    set: {
      epoch: epoch + 1,
      link: null,
      copy: kept,
      own: kept,
      intents: {},
      withdrawn: [],
      left: {
        person: end.person,
        how: link.how,
        since: link.since,
        at: end.at,
        ...(link.formerAddress && { formerAddress: link.formerAddress }),
        // As long as the link may be undone, so may what it did to the account's own details (H4, T18).
        ...(link.how === 'existing' &&
          end.at - link.since <= undoWithin && { own: account.own, until: link.since + undoWithin }),
      },
      ...(end.keep === 'before' && {
        split: {
          person: end.person,
          sources: [byCompany(account.company, link.id), bySupport(account.company, link.id)],
          op: end.op,
          actor: end.actor,
        },
      }),
    },
    unset: ['leaving'],
    log: [
      {
        op: end.op,
        kind: 'unlinked',
        at: end.at,
        actor: end.actor,
        epoch,
        seq: account.seq,
        person: end.person,
        // Taken back: what was allowed under it goes with it, from the log should a crash come between (H27).
        ...(end.byLetter && { since: link.since }),
      },
    ],
  }
}
