import type { DetailName } from '../../src/details/index.ts'
import { now } from '../../src/lib/clock.ts'
import { byCompany } from '../../src/people/index.ts'
import type { TestApp } from './app.ts'

/** A detail that a linked account's company wrote, now on the person; others are told of it when the app has settled. */
export const companyWrote = async (app: TestApp, account: string, field: DetailName, value: string): Promise<void> => {
  await companyWrites(app, account, field, value)
  await app.features.reconciler.applyWrite(await app.account(account))
}

/** The same as the account alone holds it: whoever looks for what is due carries it on. */
export const companyWrites = async (app: TestApp, account: string, field: DetailName, value: string): Promise<void> => {
  const { accounts } = app.features
  const before = await app.account(account)
  const { company } = before
  await accounts.change(before._id, ({ n, link }) => ({
    set: {
      [`intents.wrote${n + 1}`]: {
        n: n + 1,
        changes: [{ field, value }],
        actor: { kind: 'company', company },
        source: byCompany(company, link!.id),
        at: now(),
      },
    },
  }))
}
