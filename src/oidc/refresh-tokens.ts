import type { AdapterPayload } from 'oidc-provider'
import { day, epochSeconds } from '../lib/clock.ts'
import { digest, keyedDigest, randomId, sameSecret } from '../lib/ids.ts'
import { type ArtifactsStore, artifactId, familyRow } from './artifacts-store.ts'
import { createFamilyAccessTokens } from './family-access-tokens.ts'
import { codeLifetime, seconds } from './lifetimes.ts'

export interface RefreshTokensDeps {
  artifacts: ArtifactsStore
  /** What shows that a token was given out here; it opens none. */
  proofKey: Uint8Array
}

/** As it was found; spent ones carry when, in seconds since 1970. */
export interface FoundRefreshToken {
  payload: AdapterPayload
  consumed?: number | undefined
  /** In its family, where it is of one and not spent. */
  place?: Place
  /** What those of its family's access tokens are for that have no row. */
  access?: string | undefined
}

/** Which one it is of which family. */
interface Place {
  family: string
  row: string
  number: number
  /** Of the code that a family begins with, and of what follows it: its digest. */
  code?: string
}

/** One that is not kept yet. */
export interface NewRefreshToken {
  value: string
  /** The access token that comes with it, issued at `iat` (seconds since 1970); good once it is kept. */
  accessToken: (iat: number) => string
  /** False when what it follows was spent by another, or is gone: then this one is not good. */
  keep: (payload: AdapterPayload, exp: number, access: string) => Promise<boolean>
}

/** Family, secret and proof of 22 characters each, and the number. */
const shape = /^([\w-]{22})([\w-]{22})([\w-]{22})(0|[1-9]\d{0,8})$/
/** Family and secret. One of 0.5.0 or before is a character shorter, and has a row of its own. */
const codeShape = /^[\w-]{44}$/

/** The row that a code is kept in. */
export const codeRow = (code: string): string =>
  codeShape.test(code) ? familyRow(code.slice(0, 22)) : artifactId('AuthorizationCode', code)

/** Of one whose successor was spent as well: nobody asks again with that. */
const longAgo = 1

/**
 * Refresh tokens that follow each other are one row, their family: the newest by its digest, and which number it has.
 * A refresh is one compare-and-set on it. Every token says its family and number under a secret of its own, and proves
 * that it was given out here: so an older one is known for spent without a row, and whoever knows a family's name alone
 * ends nothing. Those of 0.3.0 have a row each until they run out, and begin a family when they are next replaced.
 * A code is the beginning of a family: redeemed by the plain lane its row goes on as that of the tokens.
 */
export const createRefreshTokens = ({ artifacts, proofKey }: RefreshTokensDeps) => {
  const access = createFamilyAccessTokens({ artifacts, proofKey })
  const proofOf = (family: string, secret: string, number: number) =>
    keyedDigest(proofKey, family, secret, String(number)).slice(0, 22)

  const placeIn = (family: string, number: number): Place => ({
    family,
    row: familyRow(family),
    number,
  })

  const write = ({ family, number }: Place): string => {
    const secret = randomId()
    return `${family}${secret}${proofOf(family, secret, number)}${number}`
  }

  const placeOf = (id: string): Place | undefined => {
    const [, family = '', secret = '', proof = '', digits = ''] = shape.exec(id) ?? []
    const number = Number(digits)
    return family !== '' && sameSecret(proof, proofOf(family, secret, number)) ? placeIn(family, number) : undefined
  }

  const after = (before: Place | undefined): Place =>
    before ? { ...before, number: before.number + 1 } : placeIn(randomId(), 0)

  const keepAt = async (
    { row, number, code }: Place,
    id: string,
    payload: AdapterPayload,
    exp: number,
    access?: string,
  ): Promise<boolean> => {
    const { jti: _value, ...kept } = payload
    return artifacts.putNewest(row, {
      ...{ payload: JSON.stringify(kept), exp, code, access },
      // In whole days, so that a refresh moves no index.
      keptFor: seconds(day) - (exp % seconds(day)),
      newest: { number, digest: digest(id) },
      ...(payload.grantId && { grantId: payload.grantId }),
    })
  }

  const single = (id: string): string => artifactId('RefreshToken', id)

  const findSingle = async (id: string): Promise<FoundRefreshToken | undefined> => {
    const found = await artifacts.get(single(id))
    return found && { payload: JSON.parse(found.payload) as AdapterPayload, consumed: found.consumed }
  }

  return {
    /** Those that came with one. */
    access,

    /** A new one's value: the next in the family of the one whose place it takes, or the first of a family. */
    following: (before?: string): string => write(after(before === undefined ? undefined : placeOf(before))),

    /** The same for one that was found, so that nothing of it has to be looked at again. */
    successor: (before?: Place): NewRefreshToken => {
      const place = after(before)
      const value = write(place)
      return {
        value,
        accessToken: (iat) => access.valueOf(place.family, place.number, iat),
        keep: (payload, exp, scope) => keepAt(place, value, payload, exp, scope),
      }
    },

    /** A new code's value. */
    code: (): string => randomId() + randomId(),

    keepCode: async (code: string, { jti: _value, ...payload }: AdapterPayload, exp: number): Promise<void> =>
      artifacts.putCode(codeRow(code), digest(code), {
        ...{ payload: JSON.stringify(payload), exp },
        ...(payload.grantId && { grantId: payload.grantId }),
      }),

    findCode: async (code: string): Promise<FoundRefreshToken | undefined> => {
      const row = codeRow(code)
      const found = await artifacts.get(row)
      if (!found) return undefined
      const payload = JSON.parse(found.payload) as AdapterPayload
      const { consumed, code: begun, newest } = found
      // Of 0.5.0 or before.
      if (!codeShape.test(code)) return { payload, consumed }
      if (begun === undefined || !sameSecret(begun, digest(code))) return undefined
      const place = { family: code.slice(0, 22), row, number: -1, code: begun }
      if (!newest) return { payload, ...(consumed === undefined ? { place } : { consumed }) }
      const { iiat = 0 } = payload as { iiat?: number }
      // Redeemed: the row is its family's, and the code is known for spent while it could be presented.
      const isKnown = iiat + codeLifetime > epochSeconds()
      return isKnown ? { payload: { ...payload, kind: 'AuthorizationCode' }, consumed: iiat } : undefined
    },

    find: async (id: string): Promise<FoundRefreshToken | undefined> => {
      const place = placeOf(id)
      if (!place) return findSingle(id)
      const found = await artifacts.get(place.row)
      if (found?.newest === undefined) return undefined
      const payload = JSON.parse(found.payload) as AdapterPayload
      const { number, digest: newest } = found.newest
      if (place.number < number)
        return { payload, consumed: place.number === number - 1 ? (payload.iat ?? longAgo) : longAgo }
      // Of this number only one was ever given out.
      const isNewest = place.number === number && sameSecret(newest, digest(id))
      return isNewest ? { payload, place, access: found.access } : undefined
    },

    /** False when the one before it was spent by another, or is gone: then this one is not good. */
    keep: async (id: string, payload: AdapterPayload, exp: number): Promise<boolean> => {
      const place = placeOf(id)
      if (!place) throw new Error('a refresh token that was not made here')
      return keepAt(place, id, payload, exp)
    },

    /** One of a family is spent by the write that keeps the next one; false for whoever comes after. */
    spend: async (id: string): Promise<boolean> => placeOf(id) !== undefined || artifacts.consume(single(id)),

    forget: async (id: string): Promise<void> => artifacts.delete(placeOf(id)?.row ?? single(id)),
  }
}

export type RefreshTokens = ReturnType<typeof createRefreshTokens>
