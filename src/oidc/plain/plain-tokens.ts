import type { Adapter, AdapterPayload, Client, Provider } from 'oidc-provider'
import type { Account } from '../../accounts/index.ts'
import { epochSeconds } from '../../lib/clock.ts'
import type { GroupClient } from '../../services/index.ts'
import type { GrantedTo, GrantFence } from '../grant-fence.ts'
import { grantFields } from '../grants.ts'
import type { SessionStore } from '../session-store.ts'
import type { ResolvedSubject } from '../subject-resolver.ts'

export interface PlainTokensDeps {
  /** How the library reads what is stored. */
  adapter: (model: string) => Adapter
  sessions: Pick<SessionStore, 'get'>
  provider: () => Provider
  get: (clientId: string) => GroupClient | undefined
  fence: GrantFence
}

/** A token or a code, as far as it says under what it was issued. */
export type Issued = AdapterPayload & {
  clientId: string
  accountId: string
  grantId: string
  scope: string
  exp: number
}

/** What a token was issued under, as long as all of it holds, and whom it is for. */
export interface Standing {
  grant: AdapterPayload & { openid?: { scope?: string; claims?: string[] } }
  held: ResolvedSubject & { account: Account; client: GroupClient }
}

/** An access token that is good now. */
export interface PlainToken extends Standing {
  token: Issued & { aud?: string }
}

/** Whatever else stands in one asks for something (a key, single claims, more than one audience) and is the library's. */
const tokenFields = new Set(
  'accountId aud clientId exp expiresWithSession grantId gty iat jti kind scope sessionUid sid'.split(' '),
)
const ownGrantFields: readonly string[] = grantFields
const plainGrantFields = new Set([
  ...'accountId clientId exp iat jti kind openid resources'.split(' '),
  ...ownGrantFields,
])

const hasOnly = (fields: ReadonlySet<string>, payload: object): boolean =>
  Object.keys(payload).every((field) => fields.has(field))
export const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const livesOn = ({ exp, iat }: Pick<AdapterPayload, 'exp' | 'iat'>): boolean =>
  typeof iat === 'number' && typeof exp === 'number' && exp > epochSeconds()

/** Whether a grant, as it is stored or as the library has it, says nothing that is not known here. */
export const isPlainGrant = (grant: Pick<AdapterPayload, 'kind' | 'exp' | 'iat'>): boolean =>
  hasOnly(plainGrantFields, grant) && grant.kind === 'Grant' && livesOn(grant)

/** An own service's client, held to nothing that others are not. */
export const isPlainClient = (known: GroupClient | undefined): known is GroupClient =>
  known !== undefined && !known.partner && known.client.profile === undefined && !known.client.requireDpop

/** What a client's metadata has signed at userinfo, or encrypted, is the library's. */
const takesPlainData = (client: Client | undefined): boolean =>
  client !== undefined &&
  !client.userinfoSignedResponseAlg &&
  !client.userinfoEncryptedResponseAlg &&
  !client.idTokenEncryptedResponseAlg

/** Of a kind of token or code: alive, whole, and with nothing in it but these fields. */
export const isIssued = (kind: string, fields: ReadonlySet<string>, payload: AdapterPayload): payload is Issued =>
  hasOnly(fields, payload) &&
  payload.kind === kind &&
  livesOn(payload) &&
  [payload.accountId, payload.clientId, payload.grantId, payload.scope].every(isText)

/** Looks a token up as the library does, in the same order; undefined where anything is out of the ordinary. */
export const createPlainTokens = ({ adapter, sessions, provider, get, fence }: PlainTokensDeps) => {
  const [tokens, grants] = [adapter('AccessToken'), adapter('Grant')]

  const isPlain = (token: AdapterPayload): token is PlainToken['token'] =>
    isIssued('AccessToken', tokenFields, token) &&
    (token.aud === undefined || isText(token.aud)) &&
    isPlainClient(get(token.clientId))

  /** Of a token that ends with its session: that it is there, the same person's, and at the same grant. */
  const isInSession = async ({ expiresWithSession, sessionUid, accountId, grantId, clientId }: Issued) => {
    if (!expiresWithSession) return true
    const session = isText(sessionUid) ? await sessions.get(sessionUid) : undefined
    return session?.principal === accountId && session.authorizations[clientId]?.grantId === grantId
  }

  const under = async (token: Issued): Promise<Standing | undefined> => {
    if (!(await isInSession(token))) return undefined
    const grant = await grants.find(token.grantId)
    if (!grant || !isPlainGrant(grant)) return undefined
    if (!takesPlainData(await provider().Client.find(token.clientId))) return undefined
    const held = await fence.ofToken(grant as GrantedTo, token)
    return held?.account && { grant, held: { ...held, account: held.account } }
  }

  return {
    /** What a token or a code stands under now; undefined where anything of it has ended, or is out of the ordinary. */
    under,

    find: async (value: string): Promise<PlainToken | undefined> => {
      const token = await tokens.find(value)
      const standing = token && isPlain(token) ? await under(token) : undefined
      return standing && { token: token as PlainToken['token'], ...standing }
    },
  }
}

export type PlainTokens = ReturnType<typeof createPlainTokens>
