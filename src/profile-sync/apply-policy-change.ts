import type { AccountId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { MetaStore } from '../storage/index.ts'
import { type SyncDeps, syncAccount } from './sync-copies.ts'

export interface PolicyChangeDeps extends SyncDeps {
  /** Settles when whoever was to be told of it was, or will be later. */
  enqueueAccount: (account: AccountId) => Promise<void>
  meta: Pick<MetaStore, 'get' | 'set'>
  /** True: what is left is for the next start. */
  isStopping: () => boolean
}

const atOnce = 50

/** Every company whose release policy changed since its accounts were last looked at. */
export const applyPolicyChanges = async (deps: PolicyChangeDeps, companies: Iterable<CompanyId>): Promise<void> => {
  for (const company of companies) await applyPolicyChange(deps, company)
}

/** Holds the process: whoever stops it waits for this work, and closes the database after it. */
const rest = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/**
 * After a release policy changed, every linked account of its company is brought to it (model M8): details newly
 * released are filled in as far as their person agreed, those no longer released are withdrawn and told so. Begins
 * anew after a crash: each step is idempotent. It rests as long as it worked: however many accounts there are, whoever
 * signs in meanwhile is not kept waiting for them.
 */
const applyPolicyChange = async (deps: PolicyChangeDeps, company: CompanyId): Promise<void> => {
  const revision = deps.revisionOf(company)
  const applied = `policy-applied:${company}`
  if (Number((await deps.meta.get(applied)) ?? 0) >= revision) return
  for (let after = ''; ; ) {
    if (deps.isStopping()) return
    const began = performance.now()
    const page = await deps.accounts.ofCompany(company, after, atOnce)
    for (const account of page) {
      const person = account.link && (await deps.people.get(account.link.person))
      if (!person) continue
      await syncAccount(deps, account, person)
    }
    await Promise.all(page.map(({ _id }) => deps.enqueueAccount(_id)))
    const last = page.at(-1)
    if (!last) break
    after = last._id
    await rest(performance.now() - began)
  }
  await deps.meta.set(applied, String(revision))
}
