import type { AdapterPayload } from 'oidc-provider'
import { epochSeconds } from '../lib/clock.ts'
import { digest, keyedDigest, sameSecret } from '../lib/ids.ts'
import { keepNewest } from '../lib/keep-newest.ts'
import { omitUndefined } from '../lib/omit-undefined.ts'
import { type ArtifactsStore, artifactId, familyRow } from './artifacts-store.ts'
import { accessTokenLifetime } from './lifetimes.ts'

export interface FamilyAccessTokensDeps {
  artifacts: Pick<ArtifactsStore, 'get' | 'putOnce' | 'noteGivenBack'>
  /** What shows that a token was given out here; it opens none. */
  proofKey: Uint8Array
}

/** Tokens that are known to be ours. */
const mostProven = 1000

/** Family of 22 characters, proof of 43, when it was issued, and the number of the refresh token that it came with. */
const shape = /^([\w-]{22})([\w-]{43})([\da-z]{6,7})-(0|[1-9]\d{0,8})$/

/** What a token says by itself; times in seconds since 1970. */
interface Said {
  row: string
  /** Of the refresh token that it came with. */
  number: number
  iat: number
  exp: number
}

/**
 * Access tokens for userinfo alone that came with a refresh token have no row of their own: each says its family and when
 * it was issued, and proves that it was given out here (256 bits). All else of it is in the family's row, which it ends
 * with: no list of them grows there, however often a client refreshes. One that is given back leaves a row until it would
 * have run out, which is looked for only where its family says that there is one.
 */
export const createFamilyAccessTokens = ({ artifacts, proofKey }: FamilyAccessTokensDeps) => {
  const proofOf = (family: string, issued: string, number: string) =>
    keyedDigest(proofKey, 'access', family, issued, number)

  const prove = (token: string): Said | undefined => {
    const [, family = '', proof = '', issued = '', number = ''] = shape.exec(token) ?? []
    if (family === '' || !sameSecret(proof, proofOf(family, issued, number))) return undefined
    const iat = Number.parseInt(issued, 36)
    return { row: familyRow(family), number: Number(number), iat, exp: iat + accessTokenLifetime }
  }

  /** By a digest of it: a service shows one again and again, and its proof costs as much as all else of it. */
  const proven = new Map<string, Said>()
  const read = (token: string): Said | undefined => {
    const asked = digest(token)
    const known = proven.get(asked)
    if (known) return known
    const said = prove(token)
    if (said) keepNewest(proven, asked, said, mostProven)
    return said
  }

  return {
    isOne: (token: string): boolean => shape.test(token),

    /** The value of one that comes with a refresh token; `iat` in seconds since 1970. */
    valueOf: (family: string, number: number, iat: number): string => {
      const [issued, nth] = [iat.toString(36), String(number)]
      return `${family}${proofOf(family, issued, nth)}${issued}-${nth}`
    },

    /** What a row of its own would say; undefined: it is not good. */
    find: async (token: string): Promise<AdapterPayload | undefined> => {
      const said = read(token)
      if (!said || said.exp <= epochSeconds()) return undefined
      const found = await artifacts.get(said.row)
      // A store that lost the newest write takes what it does not know for unknown.
      if (found?.access === undefined || !found.newest || said.number > found.newest.number) return undefined
      const mayBeGivenBack = (found.givenBackUntil ?? 0) > epochSeconds()
      if (mayBeGivenBack && (await artifacts.get(artifactId('AccessToken', token)))) return undefined
      const payload = JSON.parse(found.payload) as AdapterPayload
      const { clientId, accountId, grantId, sessionUid, sid, expiresWithSession, gty } = payload
      const under = { clientId, accountId, grantId, sessionUid, sid, expiresWithSession, gty }
      return omitUndefined({ ...under, kind: 'AccessToken', iat: said.iat, exp: said.exp, scope: found.access })
    },

    /** Before its family says so, so that nobody who reads that finds nothing. */
    giveBack: async (token: string): Promise<void> => {
      const said = read(token)
      if (!said) return
      await artifacts.putOnce(artifactId('AccessToken', token), '', said.exp)
      await artifacts.noteGivenBack(said.row, said.exp)
    },
  }
}

export type FamilyAccessTokens = ReturnType<typeof createFamilyAccessTokens>
