import type { CompanyId } from '../companies/index.ts'
import { day, now } from '../lib/clock.ts'
import { keyPart } from '../lib/ids.ts'
import { byId, type Connection, storeOf, storeSchema, ttl } from '../storage/index.ts'

interface Mark {
  /** `company:browser`. Who marked it, why and in which case is in the company's audit. */
  _id: string
  purgeAt: string
}

/** A browser forgets its id after that long, and then it is another. */
const keptFor = 400 * day

/** The browsers that a company holds for misused; another company knows nothing of it. */
export const createMarkStore = (connection: Connection) => {
  const model = storeOf<Mark>(connection, storeSchema<Mark>({ _id: String, ...ttl.field }), 'deviceMarks')
  const idOf = (company: CompanyId, browser: string) => `${company}:${keyPart(browser)}`

  return {
    isMarked: async (company: CompanyId, browser: string): Promise<boolean> =>
      (await byId(model, idOf(company, browser))) !== null,

    mark: async (company: CompanyId, browser: string): Promise<void> => {
      await model.updateOne({ _id: idOf(company, browser) }, { $set: ttl.at(now() + keptFor) }, { upsert: true })
    },

    clear: async (company: CompanyId, browser: string): Promise<void> => {
      await model.deleteOne({ _id: idOf(company, browser) })
    },

    sweep: async (): Promise<void> => {
      await ttl.purge(model)
    },
  }
}

export type MarkStore = ReturnType<typeof createMarkStore>
