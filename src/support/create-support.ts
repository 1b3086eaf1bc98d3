import type { Account, AccountId, ReadHolder, ReadPrincipal, WaitingRecoveries } from '../accounts/index.ts'
import { createAudit } from '../audit/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { OneTimeCodes, VerificationStore } from '../credentials/index.ts'
import type { Journal } from '../lib/journal.ts'
import type { Log } from '../lib/log.ts'
import type { Limits } from '../limits/index.ts'
import type { Mailer } from '../mail/index.ts'
import type { CompanyWrite } from '../profile-sync/index.ts'
import {
  createInvitationStore,
  createJoinStaff,
  createManageStaff,
  createStaffSignIn,
  createStaffStore,
  type JoinStaffDeps,
  journaledStaff,
  journalStaff,
  type ManageStaffDeps,
  type StaffSignInDeps,
} from '../staff/index.ts'
import type { Connection } from '../storage/index.ts'
import { createAccessLog } from './access-log.ts'
import { createAccessMonitor } from './access-monitor.ts'
import { type ActDeps, createActOnAccount } from './act-on-account.ts'
import { type AnswerDeps, createAnswerApproval } from './answer-approval.ts'
import { createApprovalStore } from './approval-store.ts'
import { createTellHolder } from './ask-person.ts'
import { createCaseStore } from './case-store.ts'
import { createCloseAlarm } from './close-alarm.ts'
import { createCorrectDetails } from './correct-details.ts'
import type { CaseDeps } from './enter-case.ts'
import { createEscalationStore } from './escalation-store.ts'
import { createFindHindrances, type FindHindrancesDeps } from './find-hindrances.ts'
import { createFlaggedDevices, type FlaggedDevicesDeps } from './mark-device.ts'
import { createOpenCase } from './open-case.ts'
import { createProveCaller } from './prove-caller.ts'
import { createRaiseAlert } from './raise-alert.ts'
import { createResendCode } from './resend-code.ts'
import { createSeeCase, type SeeCaseDeps } from './see-case.ts'

export interface SupportDeps
  extends Pick<CaseDeps, 'accounts' | 'company' | 'tellPerson'>,
    Pick<SeeCaseDeps, 'links' | 'recipientsOf' | 'signInsOf' | 'changesAt'>,
    Pick<AnswerDeps, 'unlink' | 'newestActAt' | 'assertAskerStill'>,
    Pick<ActDeps, 'issuer' | 'endAccount' | 'redeliver' | 'writeTo'>,
    Pick<FindHindrancesDeps, 'failedSignInsOf' | 'bounces'>,
    Pick<FlaggedDevicesDeps, 'marks' | 'lookupKey' | 'browsersOf' | 'endBrowser'> {
  connection: Connection
  journal: Journal
  readPrincipal: ReadPrincipal
  readHolder: ReadHolder
  codes: OneTimeCodes
  recoveries: Pick<WaitingRecoveries, 'gate'>
  verifications: VerificationStore
  passwords: StaffSignInDeps['passwords'] & { hash: JoinStaffDeps['hashPassword'] }
  box: JoinStaffDeps['box']
  send: Mailer['send']
  limits: Pick<Limits, 'consume' | 'judged'> & ManageStaffDeps['limits']
  bruteForceProtection: SeeCaseDeps['bruteForceProtection'] &
    FindHindrancesDeps['bruteForceProtection'] &
    ManageStaffDeps['bruteForceProtection'] &
    ActDeps['bruteForceProtection'] &
    StaffSignInDeps['bruteForceProtection']
  companyWrite: CompanyWrite
  enqueueAccount: (id: AccountId) => void
  log: Log
}

/** The feature as a whole: its stores, and each use case given what it needs. */
export const createSupport = (deps: SupportDeps) => {
  const { connection, passwords, journal, lookupKey } = deps
  const staff = journaledStaff(createStaffStore(connection), journal, lookupKey)
  const audit = createAudit(deps)
  const cases = createCaseStore(connection)
  const approvals = createApprovalStore(connection)
  const looks = createAccessLog(connection)
  const inCases = {
    ...deps,
    cases,
    approvals,
    audit,
    ...createTellHolder(deps),
    devices: createFlaggedDevices(deps),
    handedOn: createEscalationStore(connection),
  }
  const raiseAlert = createRaiseAlert({ ...deps, looks, staff })
  const watch = createAccessMonitor({ readHolder: deps.readHolder, looks, raiseAlert })
  const corrections = createCorrectDetails(inCases)
  const resendCode = createResendCode(inCases)
  const invitations = createInvitationStore(connection)
  const manageStaff = createManageStaff({ ...deps, staff, invitations, audit })
  const joinStaff = createJoinStaff({ ...deps, staff, invitations, audit, hashPassword: passwords.hash })

  return {
    staff,
    audit,
    cases,
    looks,
    raiseAlert,
    signIn: createStaffSignIn({ ...deps, staff, audit }),
    manageStaff,
    joinStaff,
    closeAlarm: createCloseAlarm({ looks, audit }),
    openCase: createOpenCase({ ...inCases, watch }),
    seeCase: createSeeCase({ ...inCases, watch, findHindrances: createFindHindrances({ ...inCases, resendCode }) }),
    proveCaller: createProveCaller(inCases),
    corrections,
    actOnAccount: createActOnAccount({ ...inCases, resendCode }),
    resendCode,
    approvals: createAnswerApproval({ ...inCases, staff, raiseAlert, corrections }),

    /** The first administrators, as each company's configuration names them. */
    inviteConfigured: async (companies: Iterable<{ id: CompanyId; administrators: string[] }>): Promise<void> => {
      for (const { id, administrators } of companies) {
        await manageStaff.inviteConfigured(id, administrators)
        await journalStaff(staff, id, journal, lookupKey)
      }
    },

    /** When an account is closed, what staff wrote of it goes with it, and the audit says that it went (S10). */
    recordAccount: async ({ _id, company, status }: Pick<Account, '_id' | 'company' | 'status'>): Promise<void> => {
      if (status !== 'closed') return
      const seen = await audit.casesOf(company, _id)
      for (const id of seen) await cases.forget(id)
      await audit.forget(company, _id, seen)
    },

    forget: approvals.forget,

    /** What agents sign in with, and what was written of people; under the first secret key from then on. */
    sealAnew: async (isStopping: () => boolean): Promise<void> => {
      await staff.sealAnew(deps.box)(isStopping)
      await audit.keys.sealAnew(isStopping)
    },

    sweep: async (): Promise<void> => {
      await Promise.all([staff.sweep(), approvals.sweep(), looks.sweep(), deps.marks.sweep()])
    },
  }
}

export type Support = ReturnType<typeof createSupport>
