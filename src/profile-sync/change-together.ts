import type { Account, AccountId, AccountMutation, AccountsStore, Decide } from '../accounts/index.ts'

interface Asked {
  decide: Decide
  seen: Account
  resolve: (after: Account | undefined) => void
  reject: (error: unknown) => void
}

/**
 * Changes of one account that are asked for in the same moment, or while another is being written, are one write: of many
 * that begin from the same document all but one would lose it, each of them again and again. Whoever touches what another
 * of them touches is decided after that one is written.
 */
export const createChangeTogether = (accounts: Pick<AccountsStore, 'change'>) => {
  const waiting = new Map<AccountId, Asked[]>()

  /** Answers the account after it, and who was not decided. */
  const write = async (id: AccountId, asked: readonly Asked[], seen: Account) => {
    const made = new Set<Asked>()
    const later = new Set<Asked>()
    const decide = (account: Account): AccountMutation | undefined => {
      made.clear()
      later.clear()
      const whole: Required<AccountMutation> = { set: {}, unset: [], log: [] }
      const touched = new Set<string>()
      for (const each of asked) {
        const mutation = each.decide(account)
        if (!mutation) continue
        const { set = {}, unset = [], log = [] } = mutation
        const paths = [...Object.keys(set), ...unset]
        if (paths.some((path) => touched.has(path))) later.add(each)
        else {
          made.add(each)
          for (const path of paths) touched.add(path)
          Object.assign(whole.set, set)
          whole.unset.push(...unset)
          whole.log.push(...log)
        }
      }
      return made.size > 0 ? whole : undefined
    }
    const after = await accounts.change(id, decide, seen)
    for (const each of asked) if (!later.has(each)) each.resolve(made.has(each) ? after : undefined)
    return { after, later }
  }

  const writeAll = async (id: AccountId): Promise<void> => {
    // Whoever begins in the same moment comes along.
    await undefined
    let newest: Account | undefined
    for (;;) {
      const asked = waiting.get(id) ?? []
      const [first] = asked
      if (!first) break
      waiting.set(id, [])
      try {
        const { after, later } = await write(id, asked, newest ?? first.seen)
        newest = after
        waiting.get(id)?.unshift(...later)
      } catch (error) {
        for (const each of asked) each.reject(error)
      }
    }
    waiting.delete(id)
  }

  /** As `change` of the store: the account after it, or undefined where there was nothing to do. */
  return (id: AccountId, decide: Decide, seen: Account): Promise<Account | undefined> =>
    new Promise((resolve, reject) => {
      const asked = { decide, seen, resolve, reject }
      const others = waiting.get(id)
      if (others) others.push(asked)
      else {
        waiting.set(id, [asked])
        void writeAll(id)
      }
    })
}
