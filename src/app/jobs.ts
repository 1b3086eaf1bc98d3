import { principalIdOf } from '../accounts/index.ts'
import type { Demonstration } from '../config/index.ts'
import { type AdjustableClock, second } from '../lib/clock.ts'
import { applyPolicyChanges, retellNames } from '../profile-sync/index.ts'
import type { Features } from './features.ts'
import type { Floor } from './floor.ts'
import { createSealAnew } from './seal-anew.ts'

const maintainedEvery = 30 * second

/** The work that nobody waits for: none of it is asked twice for the same, and any of it may stop anywhere. */
export const createJobs = (floor: Floor, features: Features) => {
  const { mailer, bounces, limits, cutLog, background, outbound, journal, lease, meta, companies } = floor
  const { oidc, reconciler, strength, sync, enqueueAccount } = features

  /** Resume interrupted work and purge expired rows. Idempotent. */
  const runMaintenance = async (): Promise<void> => {
    await features.registration.settleDue()
    await features.separateLogins.settleDue()
    // Before links: what waits for its commit is carried forward, not fenced.
    await features.makeUnified.settleDue()
    await reconciler.sweep()
    await features.activity.sendDue()
    await features.choose.settleDue(principalIdOf)
    await features.purgeAudience()
    await features.analytics.sweep()
    await Promise.all(
      [
        features.verifications,
        features.undoOffers,
        limits,
        bounces,
        features.support,
        features.rightsRequests,
        features.portability,
      ].map((each) => each.sweep()),
    )
    await cutLog.whenDue()
  }
  const applyPolicies = async (): Promise<void> => {
    const deps = { ...sync, meta, enqueueAccount, isStopping: background.isStopping }
    await applyPolicyChanges(deps, companies.keys())
    await retellNames(deps, companies.keys())
  }

  const sealAnew = createSealAnew(floor, features)
  const whenHeld = (work: () => Promise<void>) => async (): Promise<void> => {
    if (await lease.isHeld()) await work()
  }

  return {
    runMaintenance,
    applyPolicies,
    sealAnew,
    start: async (): Promise<void> => {
      mailer.start()
      oidc.start()
      reconciler.start()
      background.every(maintainedEvery, 'maintenance', whenHeld(runMaintenance))
      await background.run('maintenance', runMaintenance)
      // A large company's accounts take long: nobody waits for them.
      for (const [kind, work] of Object.entries({ policies: applyPolicies, 'seal-anew': sealAnew })) {
        const done = whenHeld(once(work))
        background.every(maintainedEvery, kind, done)
        void background.run(kind, done)
      }
    },
    stop: async (): Promise<void> => {
      // Beside one another: each breaks off what hangs within seconds.
      await Promise.all([background, reconciler, oidc, mailer].map((each) => each.stop()))
      await strength.stop()
      outbound.close()
      await journal.close()
    },
  }
}

/** Of one app: what was done is not looked for again. */
const once = (work: () => Promise<void>) => {
  let isDone = false
  return async (): Promise<void> => {
    if (!isDone) await work()
    isDone = true
  }
}

export type Jobs = ReturnType<typeof createJobs>

export interface Development {
  clock: AdjustableClock
  demonstration: Demonstration | undefined
}

/** Development's door, loaded where it is opened. */
export const createDevelopment = async (
  floor: Floor,
  features: Features,
  { runMaintenance }: Jobs,
  development: Development | undefined,
) => {
  if (!development) return undefined
  const { createDevDoor } = await import('../dev/index.ts')
  return createDevDoor({ ...floor, ...features, ...development, runMaintenance })
}

export type DevDoor = NonNullable<Awaited<ReturnType<typeof createDevelopment>>>
