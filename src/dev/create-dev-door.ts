import type { AccountsStore } from '../accounts/index.ts'
import type { Config, Demonstration } from '../config/index.ts'
import type { Http } from '../http/index.ts'
import { askedByNobody } from '../lib/browser-binding.ts'
import { type AdjustableClock, now } from '../lib/clock.ts'
import type { Limits } from '../limits/index.ts'
import type { Mailer } from '../mail/index.ts'
import type { Oidc } from '../oidc/index.ts'
import type { Reconciler } from '../profile-sync/index.ts'
import type { Connection, MetaStore } from '../storage/index.ts'
import type { Support } from '../support/index.ts'
import { createDevRoutes } from './dev-routes.ts'
import { happenedAfter } from './happened.ts'
import { stepsDone, type TourStep } from './progress.ts'
import { type SeedDeps, seedDemonstration } from './seed.ts'

export interface DevDeps extends Pick<SeedDeps, 'registration' | 'links' | 'separateLogins' | 'passwords' | 'box'> {
  config: Config
  /** Absent: the provider alone, with nobody in it and no services to wait for. */
  demonstration: Demonstration | undefined
  clock: AdjustableClock
  connection: Connection
  accounts: Pick<AccountsStore, 'get'>
  meta: MetaStore
  http: Pick<Http, 'refuseForeignOrigin'>
  mailer: Pick<Mailer, 'mailbox' | 'pending' | 'idle'>
  limits: Pick<Limits, 'clear'>
  reconciler: Pick<Reconciler, 'waiting' | 'enqueuePerson'>
  oidc: Pick<Oidc, 'tick' | 'pending'>
  support: Pick<Support, 'staff' | 'inviteConfigured'>
  runMaintenance: () => Promise<void>
}

const clockOffset = 'clock-offset'
/** From when on what is recorded was done by whoever takes the tour. */
const begun = 'tour:begun'
const broken = 'tour:broken'
const mended = 'tour:mended'
/** What a reset leaves: the keys, and what the configuration was. */
const keptAtReset = ['keys', 'meta', 'known-clients']

/** The clock goes on where it stood before a restart. */
export const createDevDoor = async (deps: DevDeps) => {
  const { config, demonstration, clock, connection, meta, mailer, reconciler, oidc, support } = deps
  const { companies } = config.group
  clock.follow(Number((await meta.get(clockOffset)) ?? 0))

  const timeOf = async (name: string): Promise<number | undefined> => {
    const kept = await meta.get(name)
    return kept === undefined ? undefined : Number(kept)
  }

  const done = async (): Promise<TourStep[]> => {
    const after = await timeOf(begun)
    if (after === undefined) return []
    const happened = await happenedAfter(connection, deps.accounts.get, after)
    return stepsDone(happened, { broken: await timeOf(broken), mended: await timeOf(mended) })
  }

  return createDevRoutes({
    config,
    demonstration,
    http: deps.http,
    mailer,
    clock,
    rememberClock: (offset) => meta.set(clockOffset, String(offset)),
    clearLimits: deps.limits.clear,
    done,
    troubled: (mode) => meta.set(mode === 'off' ? mended : broken, String(now())),
    begin: async () => {
      await meta.set(begun, String(now()))
    },
    runDue: async () => {
      await deps.runMaintenance()
      await oidc.tick()
    },
    pending: async () => {
      const [waiting, mails] = await Promise.all([reconciler.waiting(), mailer.pending()])
      return [
        ...(waiting.people > 0 ? [`${waiting.people} people whose copies are brought in step`] : []),
        ...waiting.companies.map((id) => `accounts of ${id} that are on their way`),
        ...(mails > 0 ? [`${mails} mails`] : []),
        ...(await oidc.pending()),
      ]
    },
    forget: async () => {
      for (const name of connection.declared.keys())
        if (!keptAtReset.includes(name)) await connection.collection(name).deleteMany({})
      await Promise.all(['seeded:', 'policy-applied:', 'tour:'].map(meta.forget))
      await support.inviteConfigured(companies.values())
    },
    seed: async () =>
      demonstration !== undefined &&
      askedByNobody(() =>
        seedDemonstration({
          demonstration,
          companies,
          meta,
          mailer,
          registration: deps.registration,
          links: deps.links,
          separateLogins: deps.separateLogins,
          enqueuePerson: reconciler.enqueuePerson,
          passwords: deps.passwords,
          box: deps.box,
          staff: support.staff,
        }),
      ),
  })
}
