import {
  type Account,
  type AccountFence,
  type AccountMutation,
  addressDigest,
  closed,
  endedCredential,
  foundBy,
  foundByLeft,
  hasWayIn,
  type Link,
  type SharingFence,
} from '../accounts/index.ts'
import { restoredKey } from '../credentials/index.ts'
import { randomId } from '../lib/ids.ts'
import { leave } from '../links/index.ts'
import type { Person, PersonFence } from '../people/index.ts'
import type { Staff, StaffFence } from '../staff/index.ts'

/**
 * What happened after a backup and must not be undone by restoring it (model M15), one document at a time. Pure; what a
 * document has come to already is passed over, so that the same again changes nothing.
 */

const bySystem = { kind: 'system' } as const

/** The next thing to be made good on an account; undefined: it stands where the journal does. */
export const replayAccount = (
  account: Account,
  fences: readonly AccountFence[],
  { key, at }: { key: Uint8Array; at: number },
): AccountMutation | undefined => {
  const fence = fences.find(
    ({ epoch, credentialEpoch }) => epoch > account.epoch || credentialEpoch > account.credentialEpoch,
  )
  if (!fence) return undefined
  const { epoch, credentialEpoch, status } = fence
  const stands = {
    epoch: Math.max(account.epoch, epoch),
    credentialEpoch: Math.max(account.credentialEpoch, credentialEpoch),
  }
  const log = {
    op: randomId(),
    at,
    actor: bySystem,
    epoch: account.epoch,
    seq: account.seq,
    person: account.link?.person,
  }
  if (epoch > account.epoch && status === 'closed' && account.status !== 'closed') {
    const { set, unset } = closed(account, at)
    return { set: { ...set, ...stands }, unset, log: [{ ...log, kind: 'closed', ended: account.signIn }] }
  }
  const left =
    epoch > account.epoch && fence.unlinked && account.link
      ? leave(account, { op: log.op, person: account.link.person, keep: fence.unlinked, at, actor: bySystem })
      : undefined
  const stood = epoch > account.epoch ? statusAt(account, fence, at) : {}
  return {
    ...left,
    ...stood,
    set: { ...left?.set, ...stood.set, ...withoutPassword(account, fence, key), ...stands },
  }
}

/** A closure that waits, or that was called off: the account is linked as it was, and its copy is looked at anew. */
const statusAt = (account: Account, { status, closesAt }: AccountFence, at: number): AccountMutation => {
  if (status === account.status) return {}
  if (status === 'closing') return { set: { status, closing: { since: at, at: closesAt ?? null } } }
  if (status === 'open' && account.status === 'closing')
    return { set: { status, ...(account.link && { at: { v: 0, r: account.at.r } }) }, unset: ['closing'] }
  return {}
}

/**
 * Its password changed since, or its sign-in went to a link: the old one signs in nowhere, and its address is asked for a
 * code. An address that was changed since leads nowhere: the newer one, known by its digest alone, gives the way back in.
 */
const withoutPassword = (account: Account, fence: AccountFence, key: Uint8Array): Record<string, unknown> => {
  const { signIn, credentialEpoch } = account
  if (!signIn || fence.credentialEpoch <= credentialEpoch) return {}
  if (fence.signIn === undefined || fence.signIn === addressDigest(key, signIn.address))
    return hasWayIn(account) ? { 'signIn.credential': endedCredential(signIn.credential) } : {}
  return { signIn: null, find: [...foundBy(key, account), foundByLeft(account.company, fence.signIn)] }
}

/**
 * The strictest of what the backup says and what was chosen since (G7): a refusal and a pause stand, a yes is asked anew.
 * What was withdrawn by it leaves the copy here, before anybody is told of it or reads it.
 */
export const replaySharing = (
  { copy, withdrawn: before, link, seq }: Account,
  { refused, paused, withdrawn = [], at }: SharingFence,
  { epoch }: { epoch: number },
): AccountMutation => {
  if (!link) return {}
  const gone = withdrawn.filter((detail) => copy[detail] !== undefined)
  return {
    set: {
      'link.purposes': { ...link.purposes, ...Object.fromEntries(refused.map((id) => [id, { yes: false, at }])) },
      ...(paused && { 'link.paused': at }),
      // Told though it is paused: nobody knows what was answered to since the backup.
      ...(gone.length > 0 && {
        withdrawn: [...new Set([...before, ...gone])],
        seq: seq + 1,
        'link.refusedSeq': seq + 1,
      }),
    },
    unset: gone.map((detail) => `copy.${detail}`),
    log: gone.length > 0 ? [{ ...toldOf(link), epoch, at, kind: 'shared', seq: seq + 1, withdrawn: gone }] : [],
  }
}

const toldOf = ({ person, policyVersion }: Link) => ({
  op: randomId(),
  actor: bySystem,
  person,
  policyVersion,
  fields: [],
})

/** Of a person whose credentials changed since: none of the old ones counts. undefined: the journal knows no more. */
export const replayPerson = (
  person: Person,
  fences: readonly PersonFence[],
  key: Uint8Array,
): { credentials: string[]; credentialEpoch: number; identifiers: string[] } | undefined => {
  const fence = fences.at(-1)
  if (!fence || fence.credentialEpoch <= person.credentialEpoch) return undefined
  const kept = new Map(person.identifiers.map((each) => [restoredKey(key, each), each]))
  return {
    credentials: [],
    credentialEpoch: fence.credentialEpoch,
    identifiers: fence.identifiers.map((name) => kept.get(name) ?? name),
  }
}

/** Whoever's access was taken since has none; whose password or roles changed joins again, with a code to the address. */
export const replayStaff = (member: Staff, fences: readonly StaffFence[]): Partial<Staff> | undefined => {
  const fence = fences.at(-1)
  if (!fence || fence.epoch <= member.epoch) return undefined
  // What they have by now at another company gives them nothing at the one they left.
  const left = fence.company !== undefined && fence.company !== member.company
  if (left || fence.status === 'ended') return { epoch: fence.epoch, status: 'ended', roles: [] }
  return { epoch: fence.epoch, status: 'invited', roles: fence.roles as Staff['roles'] }
}
