/** Tokens of every kind and in every state, by name: most as a service gets them, some as only the store can hold them. */
import { detailNames } from '../../../src/details/index.ts'
import { now } from '../../../src/lib/clock.ts'
import { randomId } from '../../../src/lib/ids.ts'
import { createSecretBox } from '../../../src/lib/secret-box.ts'
import { artifactId, createArtifactsStore } from '../../../src/oidc/artifacts-store.ts'
import { createRefreshTokens } from '../../../src/oidc/refresh-tokens.ts'
import type { Person } from '../../../src/people/index.ts'
import { createMetaStore } from '../../../src/storage/index.ts'
import { createTestBrowser } from '../../world/browser.ts'
import { aProof, aProofKey, type ProofKey } from '../../world/fapi-client.ts'
import { asAccount, asPerson, signedIn } from '../../world/oidc.ts'
import { aRelyingParty } from '../../world/relying-party.ts'
import { verifier } from '../../world/tokens.ts'
import type { TwoWays } from './two-ways.ts'

type Payload = Record<string, unknown>

const challenge = { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' }

/** Somebody with links at Mobile and Games, and what clients get of them and of others by signing in. */
export const signInsOf = async ({ plain }: TwoWays) => {
  const { issuer } = plain
  const key: ProofKey = await aProofKey()
  const person = await plain.aPerson()
  await plain.link(person, 'mobile')
  const scopes = ['openid', 'profile', 'email']
  const { _id: account } = await plain.link(person, 'games')
  await plain.consents.give({
    account,
    client: 'leaderboard',
    scopes,
    fields: detailNames,
    policyVersion: '1',
  })

  /** By hand, so that it can be a public client's or bound to a key. */
  const got = async (id: string, more: Record<string, string> = {}, who = asPerson(person), isBound = false) => {
    const service = await aRelyingParty(plain, id)
    const browser = createTestBrowser()
    const { visit } = await service.travel(
      browser,
      ({ prompt }) => (prompt === 'consent' ? { consented: true } : signedIn(who)),
      { ...challenge, ...more },
    )
    const proof = isBound && { DPoP: await aProof(key, { method: 'POST', at: `${issuer}/token` }) }
    const answer = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { ...(service.secret && { authorization: `Basic ${btoa(`${id}:${service.secret}`)}` }), ...proof },
      body: new URLSearchParams({
        ...(!service.secret && { client_id: id }),
        grant_type: 'authorization_code',
        code: new URL(visit.next!).searchParams.get('code') ?? '',
        redirect_uri: service.redirectUri,
        code_verifier: verifier,
        ...(more.resource && { resource: more.resource }),
      }),
    })
    const body = (await answer.json()) as Record<string, string>
    if (!body.access_token) throw new Error(`${id}: ${JSON.stringify(body)}`)
    return { access: body.access_token, refresh: body.refresh_token ?? '', browser }
  }

  return { key, person, got }
}

/** What ends a grant, or changes whom it is for, by name. */
export const endingsOf = ({
  plain: { links, people, accounts },
}: TwoWays): Record<string, (person: Person, account: string) => Promise<unknown>> => {
  const actor = ({ _id }: Person) => ({ kind: 'person', id: _id }) as const
  return {
    'of somebody who is unlinked': (gone) => links.unlink(gone._id, 'mobile', { keep: 'now', actor: actor(gone) }),
    'of somebody who is being erased': (gone) => people.commit(gone, { set: { status: 'erasing' }, log: [] }),
    'of somebody who is erased': (gone) => people.commit(gone, { set: { status: 'erased', fields: {} }, log: [] }),
    'of somebody with a new password': (gone) =>
      people.commit(gone, { set: { credentialEpoch: 2, credentialsChangedAt: now() }, log: [] }),
    'of an account that is closing': (_gone, id) =>
      accounts.change(id, ({ epoch }) => ({ set: { status: 'closing', epoch: epoch + 1 } })),
    'of an account that is closed': (_gone, id) =>
      accounts.change(id, ({ epoch }) => ({ set: { status: 'closed', epoch: epoch + 1, link: null } })),
    'of an account that is misused': (_gone, id) =>
      accounts.change(id, () => ({ set: { fraud: { at: now(), case: 'c', agent: 'a' } } })),
    'of somebody who is left alone': async () => {},
  }
}

export const tokensOf = async (both: TwoWays) => {
  const { plain } = both
  const { issuer } = plain
  const artifacts = createArtifactsStore(plain.connection)
  const { key, got } = await signInsOf(both)

  const proofKey = await createMetaStore(plain.connection).persistentKey(
    'refresh-proof-key',
    createSecretBox(plain.config.secretKeys),
  )
  const { access } = createRefreshTokens({ artifacts, proofKey })
  /** As the library reads it, wherever it is kept. */
  const stored = async (model: string, id: string): Promise<Payload> =>
    model === 'AccessToken' && access.isOne(id)
      ? ((await access.find(id)) as Payload)
      : (JSON.parse((await artifacts.get(artifactId(model, id)))!.payload) as Payload)
  const put = (model: string, id: string, payload: Payload) =>
    artifacts.put(artifactId(model, id), { payload: JSON.stringify(payload), exp: payload.exp as number })

  const offline = (await got('offline')).access
  /** A copy of a good one, under a grant of its own, with something of either as no client could have it. */
  const like = async (token: Payload, grant: Payload = {}, id = offline): Promise<string> => {
    const [value, grantId] = [randomId(32), randomId(32)]
    const before = await stored('AccessToken', id)
    const under = await stored('Grant', String(before.grantId))
    await put('Grant', grantId, { ...under, ...grant })
    await put('AccessToken', value, { ...before, grantId, ...token })
    return value
  }
  /** Of somebody whose standing `end` changes. */
  const ended = async (end: (person: Person, account: string) => Promise<unknown>): Promise<string> => {
    const gone = await plain.aPerson()
    const account = await plain.link(gone, 'mobile')
    const accountId = `person:${gone._id}`
    const value = await like({ accountId }, { accountId, account: account._id, epoch: account.epoch })
    await end((await plain.people.get(gone._id))!, account._id)
    return value
  }
  const past = { exp: Math.floor(now() / 1000) - 1 }
  const signedOut = await got('mobile-store')
  await signedOut.browser.submit(`${issuer}/account/sign-out`, {})
  const session = await got('mobile-store')
  const separate = await plain.aSeparateAccount('mobile')
  const machine = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`mobile-machine:${(await aRelyingParty(plain, 'mobile-machine')).secret}`)}`,
    },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'accounts.read',
      resource: `${issuer}/scim/mobile`,
    }),
  }).then(async (answer) => ((await answer.json()) as { access_token: string }).access_token)

  const tokens: Record<string, string> = {
    good: session.access,
    'another good one': (await got('older', { scope: 'openid email profile phone address' })).access,
    'for its offline client': offline,
    'of a public client': (await got('app')).access,
    'of a separate account': (await got('offline', {}, asAccount(separate))).access,
    'of another company': (await got('games-arcade')).access,
    'without openid': await like({ scope: 'profile email' }),
    'for an API': (await got('mobile-store', { scope: 'openid accounts.read', resource: `${issuer}/scim/mobile` }))
      .access,
    'with single claims': (await got('mobile-store', { claims: '{"userinfo":{"name":null,"address":null}}' })).access,
    'of a partner': (await got('leaderboard')).access,
    'of the account pages': (await got('account', { scope: 'openid' })).access,
    'bound to a key': (await got('bound', {}, undefined, true)).access,
    'of a session that has ended': signedOut.access,
    'a refresh token': session.refresh,
    'of a machine': machine,
    'never issued': randomId(32),
    'no token': 'short',
    empty: '',
    'of a fapi2 client': await like({ clientId: 'bank' }, { clientId: 'bank' }),
    'of a client that is gone': await like({ clientId: 'gone' }, { clientId: 'gone' }),
    'run out': await like(past),
    'run out in its payload alone': await like({}),
    'under a grant that has run out': await like({}, past),
    'under nobody’s grant': await like({ grantId: randomId(32) }),
    'under another client’s grant': await like({}, { clientId: 'mobile-store' }),
    'under another’s grant': await like({}, { accountId: 'person:another' }),
    'of another kind': await like({ kind: 'ClientCredentials' }),
    'under what is no grant': await like({}, { kind: 'AccessToken' }),
    'with a field more': await like({ extra: { more: 'said' } }),
    'with a certificate': await like({ 'x5t#S256': 'thumbprint' }),
    'with two audiences': await like({ aud: ['one', 'two'] }),
    'with details': await like({ rar: [{ type: 'payment' }] }),
    'with a session that is not there': await like({ expiresWithSession: true, sessionUid: 'none' }),
    'with no session': await like({ expiresWithSession: true, sessionUid: undefined }),
    'with an audience': await like({ aud: 'https://api.example' }),
    'of another grant than its session’s': await like({}, {}, session.access),
    'with a sid': await like({ sid: 'a-sid' }),
    'dated ahead': await like({ iat: past.exp + 3600 }),
    'without a date': await like({ iat: undefined }),
    'not valid before': await like({ nbf: past.exp + 3600 }),
    'in another format': await like({ format: 'paseto' }),
    'without a scope': await like({ scope: undefined }),
    'with scopes that nobody has': await like({ scope: 'openid nonsense accounts.write' }),
    'refused a scope': await like({}, { rejected: { openid: { scope: 'email' } } }),
    'under a grant of single claims': await like({}, { openid: { scope: 'openid profile', claims: ['email'] } }),
    'under a grant of no scope': await like({}, { openid: {} }),
    'under an empty grant': await like({}, { openid: undefined }),
    'of somebody with another proof': await like({}, { credentialEpoch: 7 }),
    'of another link': await like({}, { epoch: 7 }),
    'from before support ended it': await like({}, { endings: '9.0' }),
    'of no account': await like({}, { account: undefined, epoch: undefined }),
  }
  for (const [name, end] of Object.entries(endingsOf(both))) tokens[name] = await ended(end)
  const runOut = await stored('AccessToken', tokens['run out in its payload alone']!)
  await artifacts.put(artifactId('AccessToken', tokens['run out in its payload alone']!), {
    payload: JSON.stringify({ ...runOut, ...past }),
    exp: Number(runOut.exp),
  })
  const revoked = (await got('offline')).access
  await fetch(`${issuer}/token/revocation`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`offline:${(await aRelyingParty(plain, 'offline')).secret}`)}` },
    body: new URLSearchParams({ token: revoked }),
  })
  tokens['given back'] = revoked
  return { tokens, key }
}
