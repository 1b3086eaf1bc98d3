import type { CompanyId } from '../companies/index.ts'
import { now } from '../lib/clock.ts'
import { byId, type Connection, storeOf, storeSchema } from '../storage/index.ts'
import type { Role, Staff, StaffId } from './staff.ts'

/**
 * One company's word to one address that it may join its staff. It stands beside whatever else that address is to any
 * company, and says nothing of it: what comes of it is decided when whoever has the address joins (H21).
 */
export interface Invitation {
  /** `company|address`. */
  _id: string
  staff: StaffId
  company: CompanyId
  roles: Role[]
  /** ended: taken back before it was used, or the company's own note of somebody who works elsewhere by now. */
  status: 'invited' | 'ended'
  /** Rises with each change: what was read before it is not joined under. */
  rev: number
  createdAt: number
  invitedBy: Staff['invitedBy']
}

const idOf = (company: CompanyId, staff: StaffId): string => `${company}|${staff}`

export const createInvitationStore = (connection: Connection) => {
  const model = storeOf<Invitation>(
    connection,
    storeSchema<Invitation>({
      _id: String,
      staff: { type: String, index: true },
      company: { type: String, index: true },
      roles: [String],
      status: String,
      rev: Number,
      createdAt: Number,
      invitedBy: String,
    }),
    'staffInvitations',
  )

  return {
    get: async (company: CompanyId, staff: StaffId): Promise<Invitation | null> => byId(model, idOf(company, staff)),

    /** Whatever was said before, this holds now. */
    give: async ({
      staff,
      company,
      ...said
    }: Pick<Invitation, 'staff' | 'company' | 'roles' | 'status' | 'invitedBy'>): Promise<void> => {
      await model.updateOne(
        { _id: idOf(company, staff) },
        { $set: said, $inc: { rev: 1 }, $setOnInsert: { staff, company, createdAt: now() } },
        { upsert: true },
      )
    },

    end: async (company: CompanyId, staff: StaffId): Promise<void> => {
      await model.updateOne({ _id: idOf(company, staff) }, { $set: { status: 'ended', roles: [] }, $inc: { rev: 1 } })
    },

    /** Uses it up; false when it was changed or taken back since it was read. */
    use: async ({ _id, rev }: Pick<Invitation, '_id' | 'rev'>): Promise<boolean> => {
      const used = await model.deleteOne({ _id, rev, status: 'invited' })
      return used.deletedCount === 1
    },

    of: async (staff: StaffId): Promise<Invitation[]> => model.find({ staff }, { sort: { _id: 1 } }),

    ofCompany: async (company: CompanyId): Promise<Invitation[]> => model.find({ company }, { sort: { _id: 1 } }),
  }
}

export type InvitationStore = ReturnType<typeof createInvitationStore>
