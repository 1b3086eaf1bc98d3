import { offerOfAddress, type Principal } from '../accounts/index.ts'
import { iso } from '../lib/clock.ts'
import { digest } from '../lib/ids.ts'
import type { Mail } from '../mail/index.ts'
import { type FormerAddress, openTakeBacks, type PersonLogEntry, type UndoOffer, undoWithin } from '../people/index.ts'
import type { About } from './event.ts'

interface AddressNoticesDeps {
  sendTo: (addresses: readonly string[], notice: Omit<Mail, 'to'>, about: About) => Promise<void>
  /** A link that takes something back; the same for the same `id`. */
  undoUrl: (id: string, offer: UndoOffer) => Promise<string>
}

/**
 * Who lost the address that signs in learns of it there, and can take it back once; so does whoever lost it before and
 * may take back that, with all that followed (H4). Whoever is taken back from can not (T5).
 */
export const createAddressNotices =
  ({ sendTo, undoUrl }: AddressNoticesDeps) =>
  async (
    { op, at, undoes, changes }: Pick<PersonLogEntry, 'op' | 'at' | 'undoes' | 'changes'>,
    { id, addresses, takeBacks, language }: Pick<Principal, 'id' | 'addresses' | 'takeBacks' | 'language'>,
    former: readonly string[],
    about: About,
  ): Promise<void> => {
    const values = { address: masked(changes?.email?.after ?? addresses[0] ?? '') }
    if (undoes) return sendTo([...former, ...addresses], { kind: 'address-taken-back', language, values }, about)
    const undoBy = (each: FormerAddress) => undoUrl(`${about.event}:${digest(each.address)}`, offerOfAddress(id, each))
    for (const address of former) {
      const shown = { ...values, undoUrl: await undoBy({ address, op, at }) }
      await sendTo([address], { kind: 'address-changed', language, values: shown }, about)
    }
    for (const each of earlierThan(op, [...former, changes?.email?.after], openTakeBacks({ takeBacks }, at))) {
      const shown = { ...values, when: iso(each.at + undoWithin), undoUrl: await undoBy(each) }
      await sendTo([each.address], { kind: 'address-changed-again', language, values: shown }, about)
    }
  }

/** Who may take back a change before this one, but for `others`; each by the last that took the sign-in from it. */
const earlierThan = (
  op: string,
  others: readonly (string | null | undefined)[],
  earlier: readonly FormerAddress[],
): Iterable<FormerAddress> => {
  const end = earlier.findIndex((each) => each.op === op)
  const before = end < 0 ? earlier : earlier.slice(0, end)
  const lost = before.filter(({ address }) => !others.includes(address))
  return new Map(lost.map(({ address, op: by, at }) => [address, { address, op: by, at }])).values()
}

/** An old mailbox does not learn the new address; whose it is recognises it (T5). */
const masked = (address: string): string => address.replace(/^(.)[^@]*@/, '$1…@')
