import type { AdapterPayload } from 'oidc-provider'
import { day } from '../lib/clock.ts'
import { digest, keyedDigest, randomId, sameSecret } from '../lib/ids.ts'
import { type ArtifactsStore, artifactId } from './artifacts-store.ts'
import { seconds } from './lifetimes.ts'

export interface RefreshTokensDeps {
  artifacts: ArtifactsStore
  /** What shows that a token was given out here; it opens none. */
  proofKey: Uint8Array
}

/** As it was found; spent ones carry when, in seconds since 1970. */
export interface FoundRefreshToken {
  payload: AdapterPayload
  consumed?: number | undefined
}

/** Family, secret and proof of 22 characters each, and the number. */
const shape = /^([\w-]{22})([\w-]{22})([\w-]{22})(0|[1-9]\d{0,8})$/

/** Of one whose successor was spent as well: nobody asks again with that. */
const longAgo = 1

interface Named {
  row: string
  number: number
}

/**
 * Refresh tokens that follow each other are one row, their family: the newest by its digest, and which number it has.
 * A refresh is one compare-and-set on it. Every token says its family and number under a secret of its own, and proves
 * that it was given out here: so an older one is known for spent without a row, and whoever knows a family's name alone
 * ends nothing. Those of 0.3.0 have a row each until they run out, and begin a family when they are next replaced.
 */
export const createRefreshTokens = ({ artifacts, proofKey }: RefreshTokensDeps) => {
  const proofOf = (family: string, secret: string, number: number) =>
    keyedDigest(proofKey, family, secret, String(number)).slice(0, 22)

  const write = (family: string, number: number): string => {
    const secret = randomId()
    return `${family}${secret}${proofOf(family, secret, number)}${number}`
  }

  const parts = (id: string) => {
    const [, family = '', secret = '', proof = '', digits = ''] = shape.exec(id) ?? []
    const number = Number(digits)
    return family !== '' && sameSecret(proof, proofOf(family, secret, number)) ? { family, number } : undefined
  }

  const named = (id: string): Named | undefined => {
    const known = parts(id)
    return known && { row: artifactId('RefreshFamily', known.family), number: known.number }
  }

  const single = (id: string): string => artifactId('RefreshToken', id)

  const findSingle = async (id: string): Promise<FoundRefreshToken | undefined> => {
    const found = await artifacts.get(single(id))
    return found && { payload: JSON.parse(found.payload) as AdapterPayload, consumed: found.consumed }
  }

  return {
    /** A new one: the next in the family of the one whose place it takes, or the first of a family. */
    following: (before?: string): string => {
      const known = before === undefined ? undefined : parts(before)
      return known ? write(known.family, known.number + 1) : write(randomId(), 0)
    },

    find: async (id: string): Promise<FoundRefreshToken | undefined> => {
      const known = named(id)
      if (!known) return findSingle(id)
      const found = await artifacts.get(known.row)
      if (found?.newest === undefined) return undefined
      const payload = JSON.parse(found.payload) as AdapterPayload
      const { number, digest: newest } = found.newest
      if (known.number < number)
        return { payload, consumed: known.number === number - 1 ? (payload.iat ?? longAgo) : longAgo }
      // Of this number only one was ever given out.
      return known.number === number && sameSecret(newest, digest(id)) ? { payload } : undefined
    },

    /** False when the one before it was spent by another, or is gone: then this one is not good. */
    keep: async (id: string, payload: AdapterPayload, exp: number): Promise<boolean> => {
      const known = named(id)
      if (!known) throw new Error('a refresh token that was not made here')
      const { jti: _value, ...kept } = payload
      return artifacts.putNewest(known.row, {
        payload: JSON.stringify(kept),
        exp,
        // In whole days, so that a refresh moves no index.
        keptFor: seconds(day) - (exp % seconds(day)),
        newest: { number: known.number, digest: digest(id) },
        ...(payload.grantId && { grantId: payload.grantId }),
      })
    },

    /** One of a family is spent by the write that keeps the next one; false for whoever comes after. */
    spend: async (id: string): Promise<boolean> => named(id) !== undefined || artifacts.consume(single(id)),

    forget: async (id: string): Promise<void> => artifacts.delete(named(id)?.row ?? single(id)),
  }
}

export type RefreshTokens = ReturnType<typeof createRefreshTokens>
