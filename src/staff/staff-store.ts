import { minute, now } from '../lib/clock.ts'
import type { SecretBox } from '../lib/secret-box.ts'
import {
  byId,
  type Connection,
  compareAndSet,
  createSealAnew,
  insertOnce,
  type SealAnew,
  storeOf,
  storeSchema,
  trusted,
  ttl,
} from '../storage/index.ts'
import { longestSession, type Staff, type StaffId, type StaffSession, totpContext } from './staff.ts'

export const createStaffStore = (connection: Connection) => {
  const staff = storeOf<Staff>(
    connection,
    storeSchema<Staff>({
      _id: String,
      rev: Number,
      company: String,
      roles: [String],
      status: String,
      password: String,
      totp: String,
      totpStep: Number,
      epoch: Number,
      createdAt: Number,
      invitedBy: String,
    }),
    'staff',
  )
  const sessions = storeOf<StaffSession>(
    connection,
    storeSchema<StaffSession>({
      _id: String,
      staff: String,
      epoch: Number,
      complete: Boolean,
      browser: String,
      startedAt: Number,
      lastSeenAt: Number,
      ...ttl.field,
    }),
    'staffSessions',
  )

  return {
    get: async (id: StaffId): Promise<Staff | null> => byId(staff, id),

    /** False when the address is on some company's staff already. */
    insert: async (member: Staff): Promise<boolean> => insertOnce(staff, member),

    /** undefined when somebody else wrote first. */
    commit: async (member: Staff, set: Partial<Staff>): Promise<Staff | undefined> =>
      compareAndSet(staff, member, { set }),

    /** The secrets of authenticators. */
    sealAnew: (box: SecretBox): SealAnew => createSealAnew(staff, { field: 'totp', contextOf: totpContext, box }),

    /** Takes one time step of the second factor, once, whoever asks at the same moment. */
    takeStep: async (id: StaffId, step: number): Promise<boolean> => {
      const taken = await staff.updateOne({ _id: id, totpStep: trusted({ $lt: step }) }, { $set: { totpStep: step } })
      return taken.modifiedCount === 1
    },

    /** Everybody of a company; staff are few, and this is read by its administrators alone. */
    ofCompany: async (company: string): Promise<Staff[]> => staff.find({ company }, { sort: { _id: 1 } }),

    session: async (id: string): Promise<StaffSession | null> => byId(sessions, id),

    beginSession: async (session: Omit<StaffSession, 'purgeAt'>): Promise<void> => {
      await insertOnce(sessions, { ...session, ...ttl.at(session.startedAt + longestSession) })
    },

    /** Moves the idle limit on, a minute at a time at the most. */
    seen: async (session: StaffSession): Promise<void> => {
      if (now() - session.lastSeenAt < minute) return
      await sessions.updateOne({ _id: session._id }, { $set: { lastSeenAt: now() } })
    },

    endSession: async (id: string): Promise<void> => {
      await sessions.deleteOne({ _id: id })
    },

    sweep: async (): Promise<void> => {
      await ttl.purge(sessions)
    },
  }
}

export type StaffStore = ReturnType<typeof createStaffStore>
