/** Refresh tokens and codes of every kind and in every state, by name; each call of one makes another, just alike. */
import type { AdapterPayload } from 'oidc-provider'
import type { Account } from '../../../src/accounts/index.ts'
import { now } from '../../../src/lib/clock.ts'
import { randomId } from '../../../src/lib/ids.ts'
import { createSecretBox } from '../../../src/lib/secret-box.ts'
import { artifactId, createArtifactsStore } from '../../../src/oidc/artifacts-store.ts'
import { codeRow, createRefreshTokens } from '../../../src/oidc/refresh-tokens.ts'
import { createMetaStore } from '../../../src/storage/index.ts'
import { asAccount } from '../../world/oidc.ts'
import { verifier } from '../../world/tokens.ts'
import { endingsOf, signInsOf } from './tokens.ts'
import type { TwoWays } from './two-ways.ts'

type Payload = Record<string, unknown>

/** What is sent for one: the form, by a client. */
export interface Redeemable {
  asker: string
  form: string
}

type Made = () => Promise<Redeemable>

const formOf = (fields: Record<string, string>) => new URLSearchParams(fields).toString()

export const redeemablesOf = async (both: TwoWays) => {
  const { plain } = both
  const artifacts = createArtifactsStore(plain.connection)
  const box = createSecretBox(plain.config.secretKeys)
  const proofKey = await createMetaStore(plain.connection).persistentKey('refresh-proof-key', box)
  const refreshTokens = createRefreshTokens({ artifacts, proofKey })
  const { key, got } = await signInsOf(both)

  const payloadOf = async (model: string, id: string): Promise<Payload> =>
    JSON.parse((await artifacts.get(artifactId(model, id)))!.payload) as Payload
  const put = (model: string, id: string, payload: Payload) =>
    artifacts.put(artifactId(model, id), { payload: JSON.stringify(payload), exp: payload.exp as number })
  const signedIn = async (...of: Parameters<typeof got>) => {
    const { refresh, browser } = await got(...of)
    const { payload } = (await refreshTokens.find(refresh))!
    return { payload: payload as Payload, browser }
  }
  const redirectUri = (id: string) => plain.config.group.clients.get(id)?.client.redirectUris[0] ?? 'https://nowhere'

  const asRefresh = async (asker: string, payload: Payload, before = 0): Promise<Redeemable & { token: string }> => {
    let token = refreshTokens.following()
    for (let n = 0; n <= before; n++) {
      if (n > 0) token = refreshTokens.following(token)
      await refreshTokens.keep(token, payload, Number(payload.exp))
    }
    return { asker, token, form: formOf({ grant_type: 'refresh_token', refresh_token: token }) }
  }
  const codeFields = { kind: 'AuthorizationCode', codeChallengeMethod: 'S256' }
  const asCode = async (asker: string, payload: Payload, sent: Record<string, string> = {}): Promise<Redeemable> => {
    const { gty: _gty, iiat: _iiat, rotations: _rotations, ...shared } = payload
    const code = refreshTokens.code()
    const redirect = redirectUri(asker)
    const exp = Math.min(Number(payload.exp), Math.floor(now() / 1000) + 60)
    const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    const made = { redirectUri: redirect, codeChallenge: challenge, ...shared, exp }
    const fields = payload.kind === 'RefreshToken' ? { ...made, ...codeFields } : made
    await refreshTokens.keepCode(code, fields as AdapterPayload, exp)
    const own = { grant_type: 'authorization_code', code, redirect_uri: redirect, code_verifier: verifier }
    return { asker, form: formOf(Object.fromEntries(Object.entries({ ...own, ...sent }).filter(([, each]) => each))) }
  }

  const sources = {
    'mobile-store': await signedIn('mobile-store'),
    offline: await signedIn('offline'),
    keeping: await signedIn('keeping'),
    several: await signedIn('several'),
    'games-arcade': await signedIn('games-arcade'),
    leaderboard: await signedIn('leaderboard'),
    account: await signedIn('account', { scope: 'openid' }),
    app: await signedIn('app'),
    bound: await signedIn('bound', {}, undefined, true),
  }
  const separate = await signedIn('offline', {}, asAccount(await plain.aSeparateAccount('mobile')))
  const ofApi = await signedIn('offline', {
    scope: 'openid accounts.read',
    resource: `${plain.issuer}/scim/mobile`,
  })
  const withClaims = await signedIn('offline', { claims: '{"id_token":{"name":null},"userinfo":{"email":null}}' })
  const signedOut = await signedIn('mobile-store')
  await signedOut.browser.submit(`${plain.issuer}/account/sign-out`, {})
  // What follows from it is done before anything is compared.
  await plain.oidc.tick()
  const offline = sources.offline.payload
  const past = { exp: Math.floor(now() / 1000) - 1 }

  /** A payload like one that was issued, under a grant of its own, with something of either as no client could have it. */
  const like = async (token: Payload, grant: Payload = {}, base = offline): Promise<Payload> => {
    const grantId = randomId(32)
    await put('Grant', grantId, { ...(await payloadOf('Grant', String(base.grantId))), ...grant })
    return { ...base, grantId, ...token }
  }
  const ends = new Map<string, Promise<{ account: Account; accountId: string }>>()
  const ended = async (name: string): Promise<Payload> => {
    const known = ends.get(name) ?? endedBy(endings[name]!)
    ends.set(name, known)
    const { account, accountId } = await known
    return like({ accountId }, { accountId, account: account._id, epoch: account.epoch })
  }
  const endedBy = async (end: (typeof endings)[string]) => {
    const gone = await plain.aPerson()
    const account = await plain.link(gone, 'mobile')
    await end((await plain.people.get(gone._id))!, account._id)
    return { account, accountId: `person:${gone._id}` }
  }
  const endings = endingsOf(both)

  /** Both of a refresh token and of a code, as far as the one says what the other does. */
  const states: Record<string, { asker?: string; payload: () => Promise<Payload> | Payload }> = {
    good: { asker: 'mobile-store', payload: () => sources['mobile-store'].payload },
    'good for its offline client': { payload: () => offline },
    'good for a grant of its own': { payload: () => like({}) },
    'of a separate account': { payload: () => separate.payload },
    'of another company': { asker: 'games-arcade', payload: () => sources['games-arcade'].payload },
    'of a client kept without rotation': { asker: 'keeping', payload: () => sources.keeping.payload },
    'of a client that asks again': { asker: 'several', payload: () => sources.several.payload },
    'of a partner': { asker: 'leaderboard', payload: () => sources.leaderboard.payload },
    'of the account pages': { asker: 'account', payload: () => sources.account.payload },
    'of a public client': { asker: 'app', payload: () => sources.app.payload },
    'of a client that binds': { asker: 'bound', payload: () => sources.bound.payload },
    'of a fapi2 client': { asker: 'bank', payload: () => like({ clientId: 'bank' }, { clientId: 'bank' }) },
    'presented by another client': { asker: 'mobile-store', payload: () => offline },
    'for an API as well': { payload: () => ofApi.payload },
    'with single claims': { payload: () => withClaims.payload },
    'of a session that has ended': { asker: 'mobile-store', payload: () => signedOut.payload },
    'without openid': { payload: () => like({ scope: 'profile email' }) },
    'with scopes that nobody has': { payload: () => like({ scope: 'openid nonsense accounts.write' }) },
    'with nothing that is left': { payload: () => like({ scope: 'nonsense' }) },
    'without a scope': { payload: () => like({ scope: undefined }) },
    'with less than its grant': { payload: () => like({ scope: 'openid email' }) },
    'run out': { payload: () => like(past) },
    'under a grant that has run out': { payload: () => like({}, past) },
    'under nobody’s grant': { payload: () => like({ grantId: randomId(32) }) },
    'under no grant': { payload: () => like({ grantId: undefined }) },
    'under another client’s grant': { payload: () => like({}, { clientId: 'mobile-store' }) },
    'under another’s grant': { payload: () => like({}, { accountId: 'person:another' }) },
    'under what is no grant': { payload: () => like({}, { kind: 'AccessToken' }) },
    'under a grant with a field more': { payload: () => like({}, { extra: 1 }) },
    'under a grant of single claims': {
      payload: () => like({}, { openid: { scope: 'openid email', claims: ['name'] } }),
    },
    'under a grant of no scope': { payload: () => like({}, { openid: {} }) },
    'under an empty grant': { payload: () => like({}, { openid: undefined }) },
    'refused a scope': { payload: () => like({}, { rejected: { openid: { scope: 'email' } } }) },
    'of another kind': { payload: () => like({ kind: 'AccessToken' }) },
    'with a field more': { payload: () => like({ extra: { more: 'said' } }) },
    'with a certificate': { payload: () => like({ 'x5t#S256': 'thumbprint' }) },
    'with a key': { payload: () => like({ jkt: 'thumbprint' }) },
    'with the key of a proof': { payload: () => like({ dpopJkt: 'thumbprint' }) },
    'with an attestation': { payload: () => like({ attestationJkt: 'thumbprint' }) },
    'with details': { payload: () => like({ rar: [{ type: 'payment' }] }) },
    'with two resources': { payload: () => like({ resource: ['https://a.example', 'https://b.example'] }) },
    'with no resources': { payload: () => like({ resource: [] }) },
    'with a session that is not there': { payload: () => like({ expiresWithSession: true, sessionUid: 'none' }) },
    'with no session': { payload: () => like({ expiresWithSession: true, sessionUid: undefined }) },
    'of another grant than its session’s': {
      asker: 'mobile-store',
      payload: () => like({}, {}, sources['mobile-store'].payload),
    },
    'with a sid': { payload: () => like({ sid: 'a-sid' }) },
    'without a nonce': { payload: () => like({ nonce: undefined }) },
    'without how they proved themselves': {
      payload: () => like({ acr: undefined, amr: undefined, authTime: undefined }),
    },
    'dated ahead': { payload: () => like({ iat: past.exp + 3600 }) },
    'without a date': { payload: () => like({ iat: undefined }) },
    'not valid before': { payload: () => like({ nbf: past.exp + 3600 }) },
    'in another format': { payload: () => like({ format: 'paseto' }) },
    'of somebody with another proof': { payload: () => like({}, { credentialEpoch: 7 }) },
    'of another link': { payload: () => like({}, { epoch: 7 }) },
    'from before support ended it': { payload: () => like({}, { endings: '9.0' }) },
    'of no account': { payload: () => like({}, { account: undefined, epoch: undefined }) },
    ...Object.fromEntries(Object.keys(endings).map((name) => [name, { payload: () => ended(name) }])),
  }

  const refresh: Record<string, Made> = {}
  const code: Record<string, Made> = {}
  for (const [name, { asker = 'offline', payload }] of Object.entries(states)) {
    refresh[name] = async () => asRefresh(asker, await payload())
    code[name] = async () => asCode(asker, await payload())
  }
  const refreshed =
    (payload: Payload, before = 0) =>
    async () =>
      asRefresh('offline', await like(payload), before)
  const presenting = (token: () => Promise<string> | string) => async () => ({
    asker: 'offline',
    form: formOf({ grant_type: 'refresh_token', refresh_token: await token() }),
  })
  Object.assign(refresh, {
    'replaced before': refreshed({ gty: 'authorization_code refresh_token', rotations: 3 }, 3),
    'of a family that is nearly too old': refreshed({ iiat: past.exp - 180 * 24 * 60 * 60 + 700 }),
    'of a family that ends before its next access token': refreshed({ iiat: past.exp - 180 * 24 * 60 * 60 + 300 }),
    'by another grant type': refreshed({ gty: 'urn:ietf:params:oauth:grant-type:device_code' }),
    'without a grant type': refreshed({ gty: undefined }),
    'of no count': refreshed({ rotations: undefined }),
    'of no beginning': refreshed({ iiat: undefined }),
    'that was spent just now': presenting(async () => {
      const { token } = await asRefresh('offline', await like({}))
      await refreshTokens.keep(refreshTokens.following(token), await like({}), Number(offline.exp))
      return token
    }),
    'that was spent long ago': presenting(async () => {
      const { token } = await asRefresh('offline', await like({}), 1)
      const payload = await like({})
      let newest = token
      for (let n = 0; n < 3; n++) {
        newest = refreshTokens.following(newest)
        await refreshTokens.keep(newest, payload, Number(offline.exp))
      }
      return token
    }),
    'of a family whose access tokens are for less': presenting(async () => {
      const { value, keep } = refreshTokens.successor()
      await keep((await like({})) as AdapterPayload, Number(offline.exp), 'openid')
      return value
    }),
    'of an unknown family': presenting(() => refreshTokens.following()),
    'with another secret': presenting(async () => {
      const { token } = await asRefresh('offline', await like({}))
      return `${token.slice(0, 22)}${randomId()}${token.slice(44)}`
    }),
    'of 0.3.0': presenting(async () => {
      const id = randomId(32)
      await put('RefreshToken', id, await like({}))
      return id
    }),
    'that is none': presenting(() => 'short'),
    'that is an access token': presenting(async () => (await got('offline')).access),
  })
  const coded = (payload: Payload, sent?: Record<string, string>) => async () =>
    asCode('offline', { ...(await like({})), ...payload }, sent)
  Object.assign(code, {
    'with another verifier': coded({}, { code_verifier: `${verifier.slice(0, -1)}_` }),
    'with a short verifier': coded({}, { code_verifier: 'short' }),
    'with a verifier of other letters': coded({}, { code_verifier: verifier.replace('-', '+') }),
    'without a verifier': coded({}, { code_verifier: '' }),
    'without a challenge': coded({ codeChallenge: undefined, codeChallengeMethod: undefined }),
    'with neither': coded({ codeChallenge: undefined, codeChallengeMethod: undefined }, { code_verifier: '' }),
    'with a plain challenge': coded({
      codeChallenge: verifier,
      kind: 'AuthorizationCode',
      codeChallengeMethod: 'plain',
    }),
    'to another address': coded({}, { redirect_uri: 'https://elsewhere.example/back' }),
    'without an address': coded({}, { redirect_uri: '' }),
    'to an address spelled otherwise': coded({}, { redirect_uri: `${redirectUri('offline')}?` }),
    'that was never issued': coded({}, { code: refreshTokens.code() }),
    'of 0.5.0': async () => {
      const { asker, form } = await asCode('offline', await like({}))
      const [fields, id] = [new URLSearchParams(form), randomId(32)]
      const { payload } = (await refreshTokens.findCode(fields.get('code')!))!
      await put('AuthorizationCode', id, payload)
      fields.set('code', id)
      return { asker, form: fields.toString() }
    },
    'with another secret': async () => {
      const { asker, form } = await asCode('offline', await like({}))
      const fields = new URLSearchParams(form)
      fields.set('code', fields.get('code')!.slice(0, 22) + randomId())
      return { asker, form: fields.toString() }
    },
    'that is none': coded({}, { code: 'short' }),
    'that was redeemed': async () => {
      const made = await asCode('offline', await like({}))
      await artifacts.consume(codeRow(new URLSearchParams(made.form).get('code')!))
      return made
    },
    'of a client that may leave PKCE out': async () =>
      asCode('older', await like({ clientId: 'older' }, { clientId: 'older' })),
    'with a scope': coded({}, { scope: 'openid' }),
    'with a resource': coded({}, { resource: `${plain.issuer}/scim/mobile` }),
  })

  /** What an access token says, as it is read wherever it is kept. */
  const accessToken = async (token: string): Promise<Payload | undefined> =>
    refreshTokens.access.isOne(token) ? refreshTokens.access.find(token) : payloadOf('AccessToken', token)

  return { refresh, code, key, artifacts, refreshTokens, accessToken }
}
