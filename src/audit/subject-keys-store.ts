import { randomBytes } from 'node:crypto'
import { createSecretBox, type SecretBox } from '../lib/secret-box.ts'
import {
  byId,
  type Connection,
  conflict,
  createSealAnew,
  insertOnce,
  retryOnConflict,
  storeOf,
  storeSchema,
} from '../storage/index.ts'

interface SubjectKey {
  /** An account, or a case in which none was found. */
  _id: string
  sealed: string
}

/**
 * One key for all that was written of one subject. The chain's hashes are over what it seals, so that destroying the key
 * erases every text at once and breaks nothing (security §8, S10).
 */
export const createSubjectKeys = (connection: Connection, box: SecretBox) => {
  const model = storeOf<SubjectKey>(connection, storeSchema<SubjectKey>({ _id: String, sealed: String }), 'auditKeys')
  const contextOf = (subject: string) => `audit-key:${subject}`

  const boxOf = async (subject: string): Promise<SecretBox | undefined> => {
    const found = await byId(model, subject)
    if (!found) return undefined
    const key = box.open(found.sealed, contextOf(subject))
    return createSecretBox([Buffer.from(key, 'base64url')])
  }

  return {
    seal: async (subject: string, text: string): Promise<string> => {
      const fresh = box.seal(randomBytes(32).toString('base64url'), contextOf(subject))
      return retryOnConflict(async () => {
        await insertOnce(model, { _id: subject, sealed: fresh })
        return (await boxOf(subject))?.seal(text, subject) ?? conflict
      })
    },

    /** undefined once the key was destroyed. */
    open: async (subject: string, sealed: string): Promise<string | undefined> => {
      try {
        return (await boxOf(subject))?.open(sealed, subject)
      } catch {
        // Sealed under a key that was destroyed before the one that is there now.
        return undefined
      }
    },

    sealAnew: createSealAnew(model, { field: 'sealed', contextOf, box }),

    destroy: async (subjects: readonly string[]): Promise<void> => {
      for (const _id of subjects) await model.deleteOne({ _id })
    },
  }
}
