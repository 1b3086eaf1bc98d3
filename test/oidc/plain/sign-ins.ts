/** Whoever is signed in, of every kind and in every state: each time it is asked for, in a session and a grant of its own. */
import { now, second } from '../../../src/lib/clock.ts'
import { keyedDigest, randomId } from '../../../src/lib/ids.ts'
import { artifactId, createArtifactsStore } from '../../../src/oidc/artifacts-store.ts'
import { createCookieSignatures } from '../../../src/oidc/cookie-signatures.ts'
import { type Authorization, createSessionStore, type SessionState } from '../../../src/oidc/session-store.ts'
import type { Person } from '../../../src/people/index.ts'
import { createTestBrowser } from '../../world/browser.ts'
import { asAccount, asPerson, signedIn } from '../../world/oidc.ts'
import { aRelyingParty } from '../../world/relying-party.ts'
import type { TwoWays } from './two-ways.ts'

type Payload = Record<string, unknown>

/** What of a sign-in is otherwise than that of which it is a copy. */
interface Otherwise {
  session?: Partial<SessionState>
  unset?: (keyof SessionState)[]
  grant?: Payload
  at?: Authorization
  /** The client that it is asked for, whose part in the session is taken from the one signed in to. */
  client?: string
  cookie?: (name: string, value: string, sign: (text: string) => string) => string
  /** Done to the session once its cookie is there. */
  afterwards?: (uid: string) => Promise<unknown>
}

export interface SignIn {
  client: string
  scope: string
  cookie: string
}

export const signInsOf = async ({ plain, database, marked }: TwoWays) => {
  const { issuer, config, people, accounts } = plain
  const artifacts = createArtifactsStore(database.connection)
  const sessions = createSessionStore(database.connection, artifacts)
  const keys = config.secretKeys.map((key) => keyedDigest(key, 'cookies'))
  const { sign } = createCookieSignatures(keys)
  const name = `session-${config.port}`
  const inSeconds = Math.floor(now() / second)

  const first = async (client: string, who: ReturnType<typeof asPerson>, scope = 'openid profile email') => {
    const service = await aRelyingParty(plain, client)
    const browser = createTestBrowser()
    await service.travel(
      browser,
      ({ prompt }) =>
        prompt === 'consent' ? { consented: true } : prompt === 'link' ? { linked: true } : signedIn(who),
      { scope },
    )
    const cookie = browser.cookie(new URL(issuer).host, name)!
    const state = (await sessions.byCookie(cookie))!
    const stored = await artifacts.get(artifactId('Grant', state.authorizations[client]!.grantId!))
    return { client, scope, state, grant: JSON.parse(stored!.payload) as Payload }
  }
  type First = Awaited<ReturnType<typeof first>>

  const copyOf = async (of: First, otherwise: Otherwise = {}): Promise<SignIn> => {
    const { client = of.client } = otherwise
    const [uid, value, grantId] = [randomId(), randomId(32), randomId(32)]
    const grant = { ...of.grant, clientId: client, ...otherwise.grant }
    await artifacts.put(artifactId('Grant', grantId), {
      payload: JSON.stringify(grant),
      exp: of.grant.exp as number,
    })
    const { uid: _uid, generation: _generation, iat: _iat, usedAt: _usedAt, authorizations, ...state } = of.state
    const set = { ...state, exp: inSeconds + 14 * 86_400, ...otherwise.session }
    for (const field of otherwise.unset ?? []) delete set[field as keyof typeof set]
    const at = { ...authorizations[of.client], grantId, ...otherwise.at }
    const change = { set, unset: [], authorizations: { [client]: at }, reauthenticated: true }
    const generation = await sessions.merge(uid, change, true)
    await sessions.setCookiePointer(value, { uid, principal: of.state.principal!, exp: set.exp }, generation!)
    await otherwise.afterwards?.(uid)
    const written = otherwise.cookie ?? ((as, text) => `${as}=${text}; ${as}.sig=${sign(`${as}=${text}`)}`)
    return { client, scope: of.scope, cookie: written(name, value, sign) }
  }

  const person = await plain.aPerson()
  await plain.link(person, 'mobile')
  await plain.link(person, 'games')
  const mobile = await first('mobile-store', asPerson(person))
  const offline = await first('offline', asPerson(person))
  const separate = await plain.aSeparateAccount('mobile')
  const alone = await first('mobile-store', asAccount(separate))
  const other = await plain.aSeparateAccount('mobile')
  const offered = await first('mobile-store', asAccount(other))
  await accounts.change(other._id, () => ({ unset: ['offeredLinkAt'] }) as never)
  const arcade = await first('games-arcade', asPerson(person))
  const pages = await first('account', asPerson(person), 'openid')

  /** Of somebody whose standing `end` changes; done once, for as many copies as are asked for. */
  const ended = (end: (person: Person, account: string, state: SessionState) => Promise<unknown>) => {
    let done: Promise<First> | undefined
    const made = async () => {
      const gone = await plain.aPerson()
      const { _id } = await plain.link(gone, 'mobile')
      const before = await first('mobile-store', asPerson(gone))
      await end((await people.get(gone._id))!, _id, before.state)
      return before
    }
    return async () => {
      done ??= made()
      return copyOf(await done)
    }
  }
  const actor = ({ _id }: Person) => ({ kind: 'person', id: _id }) as const
  const of =
    (otherwise: Otherwise, from = mobile) =>
    () =>
      copyOf(from, otherwise)
  const signedBy = (key: string) => createCookieSignatures([key]).sign
  const plainly = (value: string) => (as: string, text: string) => `${as}=${text}; ${value}`

  const signIns: Record<string, () => Promise<SignIn>> = {
    good: of({}),
    'at its offline client': of({}, offline),
    'at a public client': of({ client: 'app' }),
    'at a client without PKCE': of({ client: 'older' }),
    'with a separate account': of({}, alone),
    'at another company': of({}, arcade),
    'that ends with the browser': of({ session: { transient: true, exp: inSeconds + 86_400 } }),
    'at a grant of more': of({ grant: { openid: { scope: 'address openid phone email profile', claims: ['name'] } } }),
    'at a grant of an API as well': of({ grant: { resources: { [`${issuer}/scim/mobile`]: 'accounts.read' } } }),
    'that slid a little': of({ session: { exp: inSeconds + 14 * 86_400 - 300 } }),
    'proven by a code': of({ session: { amr: ['otp'] } }),
    'without what let them in': of({ unset: ['acr', 'amr'] }),
    'in a browser without a name': of({ unset: ['browser', 'device'], grant: { browser: undefined, endings: '0.0' } }),
    'with something else in the cookies': of({
      cookie: (as, text) => `a=b; ${as}=${text};${as}.sig=${sign(`${as}=${text}`)};c`,
    }),
    'signed first': of({ cookie: (as, text) => `${as}.sig=${sign(`${as}=${text}`)}; ${as}=${text}` }),
    // All others are the library's.
    'of somebody who is left alone': ended(async () => {}),
    'that slid for long': of({ session: { exp: inSeconds + 14 * 86_400 - 700 } }),
    'near its last day': of({ session: { loginTs: inSeconds - 29 * 86_400 } }),
    'past its last day': of({ session: { loginTs: inSeconds - 31 * 86_400 } }),
    'that has run out': of({ session: { exp: inSeconds - 1 } }),
    'of nobody': of({ unset: ['principal'] }),
    'of nobody there is': of({ session: { principal: 'person:nobody' } }),
    'of another than its grant’s': of({ grant: { accountId: 'person:another' } }),
    'under credentials of before': of({ session: { credentialEpoch: 0 } }),
    'at a grant of before': of({ grant: { credentialEpoch: 0 } }),
    'with a slot of its own': of({ session: { state: '{"a":1}' } }),
    'that has ended': of({ afterwards: async (uid) => sessions.delete((await sessions.get(uid))!) }),
    'proven anew elsewhere': of({
      afterwards: (uid) =>
        sessions.merge(uid, { set: {}, unset: [], authorizations: {}, reauthenticated: true }, false),
    }),
    'without the client': of({ afterwards: (uid) => sessions.merge(uid, withoutClient('mobile-store'), false) }),
    'at no grant': of({ at: { grantId: undefined } as unknown as Authorization }),
    'at nobody’s grant': of({ at: { grantId: randomId(32) } }),
    'without a sid': of({ at: { sid: undefined } as unknown as Authorization }),
    'without its company': of({ at: { company: undefined } as unknown as Authorization }),
    'with another account': of({ at: { account: 'another' } }),
    'with another subject': of({ at: { sub: 'another' } }),
    'said to outlive its session': of({ at: { persistsLogout: true } }),
    'not said to outlive its session': of({ at: { persistsLogout: undefined } as unknown as Authorization }, offline),
    'at another client’s grant': of({ grant: { clientId: 'app' } }),
    'at another account’s grant': of({ grant: { account: 'another' } }),
    'at no account’s grant': of({ grant: { account: undefined, epoch: undefined } }),
    'at another link’s grant': of({ grant: { epoch: 7 } }),
    'at a grant from before support ended it': of({ grant: { endings: '9.0' } }),
    'at a grant of less': of({ grant: { openid: { scope: 'openid email', claims: [] } } }),
    'at a grant without claims': of({ grant: { openid: { scope: 'openid profile email' } } }),
    'at an empty grant': of({ grant: { openid: undefined } }),
    'at a grant that was refused a scope': of({ grant: { rejected: { openid: { scope: 'email' } } } }),
    'at a grant of details': of({ grant: { rar: [{ type: 'payment' }] } }),
    'at a grant of another kind': of({ grant: { kind: 'AccessToken' } }),
    'at a grant that has run out': of({ grant: { exp: inSeconds - 60 } }),
    'at the account pages': of({}, pages),
    'at a client held to DPoP': of({ client: 'bound' }),
    'at a fapi2 client': of({ client: 'bank' }),
    'at a partner': of({ client: 'leaderboard' }, arcade),
    'at a machine': of({ client: 'mobile-machine' }),
    'at a client that is gone': of({ client: 'gone' }),
    'at a client that only goes by': of({ client: 'mobile-cloud' }),
    unsigned: of({ cookie: (as, text) => `${as}=${text}` }),
    'without the cookie': of({ cookie: (as, text) => `${as}.sig=${sign(`${as}=${text}`)}` }),
    'with no cookie at all': of({ cookie: () => 'a=b' }),
    'signed by another': of({
      cookie: (as, text) => `${as}=${text}; ${as}.sig=${signedBy('another')(`${as}=${text}`)}`,
    }),
    'signed for another': of({ cookie: (as, text) => `${as}=${text}; ${as}.sig=${sign(`${as}=another`)}` }),
    'signed by what is no signature': of({ cookie: (as, text) => plainly(`${as}.sig=%00`)(as, text) }),
    'in another’s cookie': of({ cookie: (as) => `${as}=${randomId(32)}; ${as}.sig=${sign(`${as}=a`)}` }),
    'of a cookie never given': of({
      cookie: (as) => {
        const value = randomId(32)
        return `${as}=${value}; ${as}.sig=${sign(`${as}=${value}`)}`
      },
    }),
    'in two cookies, alike': of({
      cookie: (as, text) => `${as}=${text}; ${as}=${text}; ${as}.sig=${sign(`${as}=${text}`)}`,
    }),
    'in two cookies, another first': of({
      cookie: (as, text) => `${as}=another; ${as}=${text}; ${as}.sig=${sign(`${as}=${text}`)}`,
    }),
    'in two cookies, another last': of({
      cookie: (as, text) => `${as}=${text}; ${as}=another; ${as}.sig=${sign(`${as}=${text}`)}`,
    }),
    'signed twice': of({
      cookie: (as, text) => `${as}=${text}; ${as}.sig=${sign(`${as}=${text}`)}; ${as}.sig=another`,
    }),
    'in quotes': of({ cookie: (as, text) => `${as}="${text}"; ${as}.sig=${sign(`${as}=${text}`)}` }),
    'in a cookie that is long': of({
      cookie: (as, text) => `${as}=${text.repeat(40)}; ${as}.sig=${sign(`${as}=${text.repeat(40)}`)}`,
    }),
    unlinked: ended((gone) => plain.links.unlink(gone._id, 'mobile', { keep: 'now', actor: actor(gone) })),
    'of somebody who is being erased': ended((gone) => people.commit(gone, { set: { status: 'erasing' }, log: [] })),
    'of somebody who is erased': ended((gone) =>
      people.commit(gone, { set: { status: 'erased', fields: {} }, log: [] }),
    ),
    'of somebody with a new password': ended((gone) =>
      people.commit(gone, { set: { credentialEpoch: 2, credentialsChangedAt: now() }, log: [] }),
    ),
    'of an account that is closing': ended((_gone, id) =>
      accounts.change(id, ({ epoch }) => ({ set: { status: 'closing', epoch: epoch + 1 } })),
    ),
    'of an account that is closed': ended((_gone, id) =>
      accounts.change(id, ({ epoch }) => ({ set: { status: 'closed', epoch: epoch + 1, link: null } })),
    ),
    'of an account that is misused': ended((_gone, id) =>
      accounts.change(id, () => ({ set: { fraud: { at: now(), case: 'c', agent: 'a' } } })),
    ),
    'ended by support': ended((_gone, id) => accounts.change(id, () => ({ set: { sessionsEndedAt: now() } }))),
    'in a browser that was marked': ended(async (_gone, id, { browser = '' }) => {
      marked.add(browser)
      await accounts.change(id, () => ({ set: { [`endedBrowsers.${browser}`]: now() } }))
    }),
    'of somebody whose link moved on': ended((_gone, id) =>
      accounts.change(id, ({ epoch }) => ({ set: { epoch: epoch + 1 } })),
    ),
    'of somebody who is asked for more': ended((_gone, id) =>
      accounts.change(id, ({ link }) => ({
        set: { link: { ...link!, agreed: ['email'], asked: ['email'] } as never },
      })),
    ),
    'with a separate account that is offered a link': of({}, offered),
  }
  return signIns
}

const withoutClient = (client: string) => ({
  set: {},
  unset: [],
  authorizations: { [client]: undefined },
  reauthenticated: false,
})
