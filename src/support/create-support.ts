import type { Account, AccountId } from '../accounts/index.ts'
import { createAudit } from '../audit/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { Journal } from '../lib/journal.ts'
import type { Log } from '../lib/log.ts'
import type { Limits } from '../limits/index.ts'
import type { Mailer } from '../mail/index.ts'
import type { CodeProofs, DraftStore, PeopleStore } from '../people/index.ts'
import type { CompanyWrite } from '../profile-sync/index.ts'
import type { Connection } from '../storage/index.ts'
import { type ActDeps, createActOnAccount } from './act-on-account.ts'
import { type AnswerDeps, createAnswerApproval } from './answer-approval.ts'
import { createApprovalStore } from './approval-store.ts'
import { createTellHolder } from './ask-person.ts'
import { createCaseStore } from './case-store.ts'
import { createCorrectDetails } from './correct-details.ts'
import type { CaseDeps } from './enter-case.ts'
import { createHandOnStore } from './hand-on-store.ts'
import { journaledStaff, journalStaff } from './journaled-staff.ts'
import { createLookStore } from './look-store.ts'
import { createManageStaff, type ManageStaffDeps } from './manage-staff.ts'
import { createDevices, type DevicesDeps } from './mark-device.ts'
import { createOpenCase } from './open-case.ts'
import { createProveCaller } from './prove-caller.ts'
import { createRaiseAlarm } from './raise-alarm.ts'
import { createResendCode } from './resend-code.ts'
import { createSeeCase, type SeeCaseDeps } from './see-case.ts'
import { createStaffSignIn, type StaffSignInDeps } from './staff-sign-in.ts'
import { createStaffStore } from './staff-store.ts'
import { createWatch } from './watch.ts'

export interface SupportDeps
  extends Pick<CaseDeps, 'accounts' | 'company' | 'tellPerson'>,
    Pick<SeeCaseDeps, 'links' | 'recipientsOf' | 'signInsOf' | 'changesAt'>,
    Pick<AnswerDeps, 'unlink' | 'newestActAt'>,
    Pick<ActDeps, 'issuer' | 'endAccount' | 'forgive' | 'writeTo'>,
    Pick<DevicesDeps, 'marks' | 'lookupKey' | 'browsersOf' | 'endBrowser'> {
  connection: Connection
  journal: Journal
  people: PeopleStore
  codes: CodeProofs
  drafts: DraftStore
  passwords: StaffSignInDeps['passwords'] & { hash: ManageStaffDeps['hashPassword'] }
  box: ManageStaffDeps['box']
  send: Mailer['send']
  limits: Pick<Limits, 'take' | 'judged'> & ManageStaffDeps['limits']
  guard: SeeCaseDeps['guard'] & ActDeps['guard'] & StaffSignInDeps['guard']
  companyWrite: CompanyWrite
  wakeAccount: (id: AccountId) => void
  log: Log
}

/** The feature as a whole: its stores, and each use case given what it needs. */
export const createSupport = (deps: SupportDeps) => {
  const { connection, passwords, journal, lookupKey } = deps
  const staff = journaledStaff(createStaffStore(connection), journal, lookupKey)
  const audit = createAudit(deps)
  const cases = createCaseStore(connection)
  const approvals = createApprovalStore(connection)
  const looks = createLookStore(connection)
  const inCases = {
    ...deps,
    cases,
    approvals,
    audit,
    ...createTellHolder(deps),
    devices: createDevices(deps),
    handedOn: createHandOnStore(connection),
  }
  const raiseAlarm = createRaiseAlarm({ ...deps, looks, staff })
  const watch = createWatch({ people: deps.people, looks, raiseAlarm })
  const corrections = createCorrectDetails(inCases)
  const resendCode = createResendCode(inCases)
  const manageStaff = createManageStaff({ ...deps, staff, audit, hashPassword: passwords.hash })

  return {
    staff,
    audit,
    cases,
    looks,
    signIn: createStaffSignIn({ ...deps, staff, audit }),
    manageStaff,
    openCase: createOpenCase({ ...inCases, watch }),
    seeCase: createSeeCase({ ...inCases, watch }),
    proveCaller: createProveCaller(inCases),
    corrections,
    actOnAccount: createActOnAccount({ ...inCases, resendCode }),
    resendCode,
    approvals: createAnswerApproval({ ...inCases, staff, raiseAlarm, corrections }),

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

    sweep: async (): Promise<void> => {
      await Promise.all([staff.sweep(), approvals.sweep(), looks.sweep(), deps.marks.sweep()])
    },
  }
}

export type Support = ReturnType<typeof createSupport>
