import {
  type Account,
  type AccountId,
  isBehind,
  type LinkStatus,
  type ReadHolder,
  statusOf,
} from '../accounts/index.ts'
import { type DetailName, type Details, detailsOfClaims } from '../details/index.ts'
import type { BruteForceProtection } from '../limits/index.ts'
import type { Links } from '../links/index.ts'
import type { Agent } from '../staff/index.ts'
import type { AccessMonitor } from './access-monitor.ts'
import { type Case, type CaseState, provenUntil, seesDetails } from './case.ts'
import { type CaseDeps, enterCase, lookKey, recordAct } from './enter-case.ts'
import type { FindHindrances, WrongAttempt } from './find-hindrances.ts'
import type { Hindrance } from './hindrances.ts'
import type { FlaggedDevices, SeenDevice } from './mark-device.ts'

export interface SeeCaseDeps extends CaseDeps {
  readHolder: ReadHolder
  watch: AccessMonitor
  links: Pick<Links, 'accountsOf'>
  recipientsOf: (company: string) => readonly { id: string; name: string }[]
  /** Newest sign-ins at this company's own services. */
  signInsOf: (account: AccountId) => Promise<{ service: string; at: number }[]>
  devices: Pick<FlaggedDevices, 'seenWith'>
  /** Changes of the details that it receives, since it is linked. */
  changesAt: (account: Account, received: readonly DetailName[]) => Promise<NonNullable<SeenCase['account']>['changes']>
  bruteForceProtection: Pick<BruteForceProtection, 'lockedFor'>
  findHindrances: FindHindrances
}

/** What each level shows; a member is absent, not empty, where the level does not reach. */
export interface SeenCase {
  case: Case
  state: CaseState
  account?: {
    subject: string
    status: Account['status']
    linkStatus: LinkStatus
    linkedSince?: number
    behindSince?: number
    /** Somebody further was not reached yet; not who (S4-9). */
    furtherRecipientBehind: boolean
    deliveries: { recipient: string; outcome: string; at: number }[]
    signIns: { service: string; at: number }[]
    wayIn: 'unified' | 'own' | 'none'
    /** Minutes for which the way in is slowed down after wrong passwords; 0 when it is not. */
    lockedFor: number
    /** What may keep them from signing in, the heaviest first; empty when nothing that is known does. */
    hindrances: Hindrance[]
    /** Wrong passwords and codes of late. */
    attempts: WrongAttempt[]
    fraud: boolean
    devices: SeenDevice[]
    changes: { at: number; fields: DetailName[]; by: 'person' | 'us' | 'elsewhere' }[]
  }
  /** When details can be seen no more without another proof. */
  provenUntil?: number | undefined
  details?: { values: Details; versions: Partial<Record<DetailName, number>>; writable: DetailName[] }
  services?: { company: string; status: LinkStatus }[]
}

export const createSeeCase = (deps: SeeCaseDeps) => {
  const statusFor = async (account: Account, state: CaseState) => {
    const isApproved = state === 'person approved'
    const holder = await deps.readHolder(account)
    const { person, v = 0, address } = holder
    const own = deps.recipientsOf(account.company)
    const linkStatus = statusOf(
      account,
      own.map(({ id }) => id),
      v,
    )
    // Before the person approved it, nothing differs between who is linked elsewhere and who is not (H10).
    const others =
      person && isApproved ? (await deps.links.accountsOf(person)).filter(({ _id }) => _id !== account._id) : []
    const behind = linkStatus === 'on its way' ? account.log.findLast(({ kind }) => kind === 'shared')?.at : undefined
    const received = detailsOfClaims(deps.company(account.company)?.release.receives ?? [])
    const changes = await deps.changesAt(account, received)
    const devices = await deps.devices.seenWith(account)
    const lockedFor = await deps.bruteForceProtection.lockedFor(address)
    const isProven = seesDetails(state)
    return {
      subject: account.subject,
      status: account.status,
      linkStatus,
      ...(account.link && { linkedSince: account.link.since }),
      ...(behind && { behindSince: behind }),
      furtherRecipientBehind: others.some((other) =>
        deps.recipientsOf(other.company).some(({ id }) => isBehind(other, id)),
      ),
      deliveries: own.flatMap(({ id, name }) => {
        const last = account.told[id]
        const failed = account.retry[id]
        return [
          ...(last ? [{ recipient: name, outcome: last.outcome, at: last.at }] : []),
          ...(failed ? [{ recipient: name, outcome: failed.why, at: failed.at }] : []),
        ]
      }),
      signIns: await deps.signInsOf(account._id),
      wayIn: account.link ? ('unified' as const) : account.signIn ? ('own' as const) : ('none' as const),
      lockedFor,
      ...(await deps.findHindrances(account, holder, { devices, lockedFor, isProven })),
      fraud: account.fraud !== undefined,
      devices,
      changes: isApproved
        ? changes
        : changes.map((each) => (each.by === 'us' ? each : { ...each, by: 'elsewhere' as const })),
    }
  }

  /** A case as it is entered, and how each of its levels is put on record: once for each agent. */
  const begin = async (staff: Agent, id: string) => {
    const entered = await enterCase(deps, staff, id, 'case')
    const { seen, account } = entered
    const looked = new Set(seen.looked ?? [])
    return {
      entered,
      look: async (level: 'status' | 'details' | 'services', fields?: DetailName[]): Promise<void> => {
        if (looked.has(lookKey(level, staff))) return
        if (account && level === 'status') await deps.watch.looked(staff, account)
        await recordAct(deps, entered, 'case', `${level}-seen`, fields)
        looked.add(lookKey(level, staff))
      },
      keepLooks: async (): Promise<void> => {
        if (looked.size !== (seen.looked ?? []).length) await deps.cases.commit(seen, { looked: [...looked] })
      },
    }
  }

  return {
    /** What this agent may see of the case now; the first look at each level is recorded before it is answered. */
    see: async (staff: Agent, id: string): Promise<SeenCase> => {
      const { entered, look, keepLooks } = await begin(staff, id)
      const { seen, state, account, company } = entered
      if (!account || state === 'closed') return { case: seen, state }
      await look('status')
      const view: SeenCase = { case: seen, state, account: await statusFor(account, state) }
      if (seesDetails(state)) {
        const received = detailsOfClaims(company.release.receives)
        const values = Object.fromEntries(
          received.flatMap((field) => (field in account.copy ? [[field, account.copy[field]]] : [])),
        )
        await look('details', Object.keys(values) as DetailName[])
        const { versions } = await deps.readHolder(account)
        view.provenUntil = provenUntil(seen)
        view.details = { values, versions, writable: detailsOfClaims(company.release.writes) }
      }
      if (state === 'person approved' && account.link) {
        await look('services')
        const { v = 0 } = await deps.readHolder(account)
        view.services = (await deps.links.accountsOf(account.link.person)).map((each) => ({
          company: each.company,
          status: statusOf(
            each,
            deps.recipientsOf(each.company).map((recipient) => recipient.id),
            v,
          ),
        }))
      }
      await keepLooks()
      return view
    },
  }
}

export type SeeCase = ReturnType<typeof createSeeCase>
