import { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import { epochSeconds, isWithin, second } from '../lib/clock.ts'
import { keyedDigest } from '../lib/ids.ts'
import type { SecretBox } from '../lib/secret-box.ts'
import { type ArtifactsStore, artifactId } from './artifacts-store.ts'
import { refusedDescription } from './interaction-policy.ts'
import { tooLongParameter } from './parameter-limits.ts'
import { framesAgain } from './quiet-errors.ts'
import { codeRow, type RefreshTokens } from './refresh-tokens.ts'

export interface AdapterDeps {
  artifacts: ArtifactsStore
  refreshTokens: RefreshTokens
  box: SecretBox
  /** For user codes: short enough to be guessed from a plain digest. */
  lookupKey: Uint8Array
  /** Metadata of a client, or of one that is gone. */
  client: (id: string) => AdapterPayload | undefined
  /** Whether a spent refresh token is presented by a client that may ask again with it. */
  isRetry: (token: string, payload: AdapterPayload, consumed: number) => Promise<boolean>
  /** Another request was first to spend what the one under way presents. */
  onLost: () => void
  begun: { take: (model: string) => Promise<void>; finished: (model: string) => Promise<void> }
  /** A code or refresh token that was consumed before was presented at the token endpoint. */
  onReuse: (grantId: string) => Promise<void>
  /** Whether the request under way presents the artifact to be redeemed, not only to be asked about. */
  redeeming: () => boolean
  /** What the plain lane met when it redeemed the same: nothing may be looked for as if it had not. */
  halted: () => unknown
  /** Whether the person who allowed a device's code has to link first: the code waits for them. */
  waitsForLink: () => boolean
  /** Whether it gives one access token back: the library would end the whole family (P7). */
  givingBackOne: () => boolean
  /** The request under way. */
  request: () => object | undefined
}

/** They carry what clients and people send (hints, device codes, addresses): sealed as a whole. */
const sealedModels = new Set(['Interaction', 'PushedAuthorizationRequest', 'DeviceCode'])
const reuseRevokes = new Set(['AuthorizationCode', 'RefreshToken'])
/** Seconds that a device is to wait between two questions (RFC 8628 §3.2); it is told so, and held to it. */
export const deviceInterval = 5
/** Of a device that counts from when it asked, not from when it was answered. */
const slack = 500
/** Seconds in which a device is told that its code has run out, not that there was none (RFC 8628 §3.5). */
const keptExpired = (model: string): number => (model === 'DeviceCode' ? 3600 : 0)
const tokensOfGrant = new Set(['AccessToken', 'DeviceCode'])

/** The loser of a race gets this error alone: the winner's tokens are good (Z1, P15). */
export const alreadyRedeemed = (): Error => new errors.InvalidGrant('already redeemed')

/** oidc-provider's storage contract on our artifacts; reads are by `_id`, the value itself is never stored. */
export const createAdapter = (deps: AdapterDeps): ((model: string) => Adapter) => {
  const { artifacts, refreshTokens, box } = deps

  const rowOf = (model: string, id: string) => (model === 'AuthorizationCode' ? codeRow(id) : artifactId(model, id))
  const contextOf = (model: string, _id: string) => `${model}:${_id}`
  const write = (model: string, _id: string, payload: AdapterPayload): string => {
    const { jti: _value, ...kept } = payload
    const text = JSON.stringify(kept)
    return sealedModels.has(model) ? box.seal(text, contextOf(model, _id)) : text
  }
  const read = (model: string, _id: string, payload: string): AdapterPayload =>
    JSON.parse(sealedModels.has(model) ? box.open(payload, contextOf(model, _id)) : payload) as AdapterPayload

  const codeId = (userCode: string) => `userCode:${keyedDigest(deps.lookupKey, 'user-code', userCode)}`

  /** RFC 8628 §3.5; the library has no such limit. */
  const refuseHaste = async (_id: string): Promise<void> => {
    const before = await artifacts.polled(_id)
    if (before !== undefined && isWithin(deviceInterval * second - slack, before)) throw new errors.SlowDown()
  }

  const isPointerTo = async (pointer: string, id: string): Promise<boolean> => {
    const found = await artifacts.get(pointer)
    return found !== undefined && box.open(found.payload, pointer) === id
  }

  const stored = async (model: string, id: string) => {
    if (model === 'RefreshToken') return refreshTokens.find(id)
    if (model === 'AuthorizationCode') return refreshTokens.findCode(id)
    if (model === 'AccessToken' && refreshTokens.access.isOne(id)) {
      const payload = await refreshTokens.access.find(id)
      return payload && { payload, consumed: undefined }
    }
    const _id = artifactId(model, id)
    const found = await artifacts.get(_id, keptExpired(model))
    if (!found) return undefined
    if (sealedModels.has(model)) noteFound(_id)
    const payload = read(model, _id, found.payload)
    if (model === 'DeviceCode' && deps.redeeming()) await refuseHaste(_id)
    return { payload, consumed: found.consumed }
  }

  const find = async (model: string, id: string): Promise<AdapterPayload | undefined> => {
    const halted = reuseRevokes.has(model) && deps.redeeming() && deps.halted()
    if (halted) throw halted
    const found = await stored(model, id)
    if (!found) return undefined
    const { payload, consumed } = found
    if (consumed === undefined) return { ...payload, jti: id }
    const isRetry = model === 'RefreshToken' && deps.redeeming() && (await deps.isRetry(id, payload, consumed))
    if (isRetry) return { ...payload, jti: id }
    // Loaded again after it was spent: somebody copied it, so all that came of it ends at once (RFC 9700 §4.14).
    if (reuseRevokes.has(model) && payload.grantId && deps.redeeming()) await deps.onReuse(payload.grantId)
    return { ...payload, jti: id, consumed }
  }

  const lost = (model: string): never => {
    deps.onLost()
    if (model === 'PushedAuthorizationRequest') throw new errors.InvalidRequestUri('request_uri was already used')
    throw alreadyRedeemed()
  }

  const foundIn = new WeakMap<object, Set<string>>()
  const noteFound = (_id: string): void => {
    const request = deps.request()
    if (request) foundIn.set(request, (foundIn.get(request) ?? new Set()).add(_id))
  }

  /**
   * What was begun is measured and counted before it is kept (H3, H7); what is written again was found in the same
   * request, or is a page's, which begins nothing.
   */
  const begin = async (model: string, _id: string, payload: AdapterPayload): Promise<void> => {
    const name = tooLongParameter(payload.params ?? {})
    if (name) throw new errors.InvalidRequest(`${name} is too long`)
    const request = deps.request()
    if (!request || foundIn.get(request)?.has(_id)) return
    await deps.begun.take(model)
    noteFound(_id)
  }

  const accessTokens = new WeakMap<object, { id: string; found: Promise<AdapterPayload | undefined> }>()
  /** The library looks for a token that is shown to it under every name at once: found under this one, it has no other. */
  const isAccessToken = async (id: string): Promise<boolean> => {
    const request = deps.request()
    const sought = request && accessTokens.get(request)
    return sought?.id === id && (await sought.found) !== undefined
  }

  return (model) => ({
    find: async (id) => {
      framesAgain()
      if (model === 'Client') return deps.client(id)
      // Machines' tokens are JWTs and never stored (P3): introspection need not look.
      if (model === 'ClientCredentials') return undefined
      if (model === 'RefreshToken' && (await isAccessToken(id))) return undefined
      const found = find(model, id)
      const request = deps.request()
      if (model === 'AccessToken' && request) accessTokens.set(request, { id, found })
      return found
    },

    /** Sessions have a store of their own (P5). */
    findByUid: async () => undefined,

    findByUserCode: async (userCode) => {
      const pointer = codeId(userCode)
      const found = await artifacts.get(pointer, keptExpired(model))
      return found && find(model, box.open(found.payload, pointer))
    },

    upsert: async (id, payload, expiresIn) => {
      const exp = payload.exp ?? epochSeconds() + (expiresIn ?? 0)
      if (model === 'RefreshToken') {
        if (!(await refreshTokens.keep(id, payload, exp))) lost(model)
        return
      }
      if (model === 'AuthorizationCode') return refreshTokens.keepCode(id, payload, exp)
      const _id = artifactId(model, id)
      if (sealedModels.has(model)) await begin(model, _id, payload)
      if (payload.userCode) {
        const pointer = codeId(payload.userCode)
        const mine = await artifacts.putOnce(pointer, box.seal(id, pointer), exp, keptExpired(model))
        // Another television shows this very code: this one has to ask again, never to be taken for the other.
        if (!mine && !(await isPointerTo(pointer, id)))
          throw new errors.TemporarilyUnavailable('another device shows this user code; ask once more')
      }
      const isWaiting = model === 'DeviceCode' && deps.waitsForLink()
      await artifacts.put(_id, {
        payload: write(model, _id, isWaiting ? stillOpen(payload) : refusedAlike(model, payload)),
        exp,
        keptFor: keptExpired(model),
        ...(tokensOfGrant.has(model) && payload.grantId && { grantId: payload.grantId }),
      })
    },

    consume: async (id) => {
      const isFirst =
        model === 'RefreshToken' ? await refreshTokens.spend(id) : await artifacts.consume(rowOf(model, id))
      if (!isFirst) lost(model)
      await deps.begun.finished(model)
    },

    destroy: async (id) => {
      if (model === 'RefreshToken') return refreshTokens.forget(id)
      if (model === 'AccessToken' && refreshTokens.access.isOne(id)) return refreshTokens.access.giveBack(id)
      await artifacts.delete(rowOf(model, id))
      if (model === 'Interaction') await deps.begun.finished(model)
    },

    revokeByGrantId: async (grantId) => {
      if (!deps.givingBackOne()) await artifacts.deleteOfGrant(grantId)
    },
  })
}

/** The library would refuse the code for good, and count it as entered. */
const stillOpen = ({ error: _error, errorDescription: _description, inFlight: _inFlight, ...open }: AdapterPayload) =>
  open

/** *Not now* on the page of the code is told like every other refusal (P4). */
const refusedAlike = (model: string, payload: AdapterPayload): AdapterPayload =>
  model === 'DeviceCode' && payload.error === 'access_denied'
    ? { ...payload, errorDescription: refusedDescription }
    : payload
