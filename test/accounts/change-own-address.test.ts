import assert from 'node:assert/strict'
import {
  asAccount,
  createAccountsStore,
  createAuthentication,
  createReadPrincipal,
  createSeparateLogins,
} from '../../src/accounts/index.ts'
import {
  createOneTimeCodes,
  createSignInStore,
  createVerificationStore,
  separateLoginPrefix,
} from '../../src/credentials/index.ts'
import { isAppError } from '../../src/lib/errors.ts'
import { createPeopleStore } from '../../src/people/index.ts'
import type { Connection, Database } from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'
import { Died, haltingAfter, meanwhile } from '../world/dying.ts'
import { signInsOn } from '../world/sign-ins.ts'

const lookupKey = new Uint8Array(32).fill(7)
const hash = async (password: string) => `hash of ${password}`
const passwords = {
  hash,
  renewed: async (stored: string) => stored,
  verify: async (stored: string | undefined, password: string) => ({
    ok: stored === `hash of ${password}`,
    rehash: false,
  }),
}

const limits = {
  consume: async () => 0,
  refund: async () => {},
  isReached: async () => false,
  judged: async <T>(_rules: unknown, look: () => Promise<T | undefined>) => ({ found: await look(), nth: [] }),
}

/** The features on one database, as often as needed: each with operations left until it dies. */
const onto = (connection: Connection) => {
  const stores = {
    accounts: createAccountsStore(connection, lookupKey),
    signIns: createSignInStore(connection),
    verifications: createVerificationStore(connection),
  }
  const people = createPeopleStore(connection)
  const codeTo = new Map<string, string>()
  const die = async () => {
    throw new Died()
  }
  const process = (left = { operations: Number.POSITIVE_INFINITY }, halt: () => Promise<unknown> = die) => {
    const [accounts, signIns, verifications] = [
      haltingAfter(stores.accounts, left, halt),
      haltingAfter(stores.signIns, left, halt),
      haltingAfter(stores.verifications, left, halt),
    ]
    const codes = createOneTimeCodes({
      verifications,
      lookupKey,
      sendMail: async ({ to, values }) => void codeTo.set(to, values.code!),
      limits,
    })
    const parts = { people, accounts, signIns, verifications, codes, lookupKey, hashPassword: hash }
    const { addresses, addressChanges, credentials } = signInsOn(parts)
    const separateLogins = createSeparateLogins({ ...parts, addresses })
    return {
      separateLogins,
      changes: addressChanges,
      credentials,
    }
  }
  const well = process()
  const { authenticate } = createAuthentication({
    ...stores,
    people,
    readPrincipal: createReadPrincipal({ ...stores, people }),
    lookupKey,
    passwords,
    signedIn: async () => {},
  })

  const open = async (email: string, company = 'games') => {
    const details = { givenName: 'Bo', email }
    const wanted = {
      company,
      companyName: company,
      details,
      ownData: {},
      password: `of ${email}`,
      language: 'en',
    } as const
    const handle = await well.separateLogins.beginSeparate(wanted)
    return (await well.separateLogins.complete(handle, codeTo.get(email)!)).account
  }
  const get = async (id: string) => {
    const account = await stores.accounts.get(id)
    assert.ok(account)
    return account
  }
  const begin = async (id: string, email: string) => {
    const handle = await well.changes.begin(asAccount(id), email)
    return { handle, code: codeTo.get(email)! }
  }
  const heldBy = async (email: string, company = 'games') =>
    (await stores.signIns.separateLogins(separateLoginPrefix(lookupKey, company, email))).map(({ owner }) => owner)
  return { ...stores, ...well, process, authenticate, open, get, begin, heldBy }
}

describe('another address for an account’s own sign-in', () => {
  let database: Database
  let games: ReturnType<typeof onto>
  beforeEach(async () => {
    database = await openTestDatabase()
    games = onto(database.connection)
  })
  afterEach(() => database.close())

  it('is that account’s alone to complete: a stranger’s session with the right code moves nothing', async () => {
    const [tom, eve] = [await games.open('tom@own.example'), await games.open('eve@own.example')]
    const { handle, code } = await games.begin(tom, 'tom@new.example')
    await assert.rejects(games.changes.complete(asAccount(eve), handle, code), (error) =>
      isAppError(error, 'code-expired'),
    )
    assert.deepEqual(
      [(await games.get(tom)).signIn?.address, (await games.get(eve)).signIn?.address],
      ['tom@own.example', 'eve@own.example'],
    )
    assert.deepEqual(await games.heldBy('tom@new.example'), [])
  })

  it('is worth nothing after a new password, another address or a link (T4)', async () => {
    const tom = await games.open('tom@own.example')
    const pending = await games.begin(tom, 'tom@new.example')
    await games.credentials.setPassword(asAccount(tom), { password: 'quite another', how: 'changed' })
    await assert.rejects(games.changes.complete(asAccount(tom), pending.handle, pending.code), (error) =>
      isAppError(error, 'code-expired'),
    )
    assert.equal((await games.get(tom)).signIn?.address, 'tom@own.example')
    assert.deepEqual(await games.heldBy('tom@new.example'), [])
  })

  it('sent twice is done once', async () => {
    const tom = await games.open('tom@own.example')
    const { handle, code } = await games.begin(tom, 'tom@new.example')
    await games.changes.complete(asAccount(tom), handle, code)
    const { seq } = await games.get(tom)
    await games.changes.complete(asAccount(tom), handle, code)
    assert.equal((await games.get(tom)).seq, seq)
    const [left] = await database.connection.collection('drafts').find({ kind: 'own-address' }).toArray()
    assert.deepEqual([left?.state, left?.address, left?.content], ['done', undefined, {}], 'what it held is gone')
  })

  const others = {
    'another account is moved to it': async (email: string, eve: string) => {
      const id = await games.open(eve)
      const { handle, code } = await games.begin(id, email)
      return () => games.changes.complete(asAccount(id), handle, code)
    },
    'another is opened with it': async (email: string) => () => games.open(email),
  }
  for (const [what, prepare] of Object.entries(others))
    it(`is had by one account when ${what} meanwhile, however slow the first is`, async () => {
      let halted = 0
      for (let operations = 0; ; operations++) {
        const email = `wanted-${operations}@new.example`
        const tom = await games.open(`tom-${operations}@own.example`)
        const { handle, code } = await games.begin(tom, email)
        const other = await prepare(email, `eve-${operations}@own.example`)
        const stopped = await meanwhile(
          (halt) => games.process({ operations }, halt).changes.complete(asAccount(tom), handle, code),
          other,
        )
        const holders = await Promise.all((await games.heldBy(email)).map(games.get))
        const have = holders.filter(({ signIn }) => signIn?.address === email)
        assert.equal(have.length, 1, `halted before operation ${operations}`)
        if (!stopped) break
        halted += 1
      }
      assert.ok(halted > 5)
    })

  it('leaves exactly one way in, wherever the process dies, and the code is good until it is done', async () => {
    let died = 0
    for (let operations = 0; ; operations++) {
      const [before, after] = [`tom-${operations}@own.example`, `tom-${operations}@new.example`]
      const tom = await games.open(before)
      const { handle, code } = await games.begin(tom, after)
      const end = await games
        .process({ operations })
        .changes.complete(asAccount(tom), handle, code)
        .catch((error) => error)
      if (end instanceof Died) died += 1
      else assert.equal(end, (await games.get(tom)).credentialEpoch)
      const found = async (email: string) => (await games.authenticate(email, `of ${before}`, 'games')) !== undefined
      assert.deepEqual([await found(before), await found(after)].filter(Boolean), [true])
      if (!(await found(after))) await games.changes.complete(asAccount(tom), handle, code)
      assert.deepEqual([await found(before), await found(after)], [false, true])
      if (!(end instanceof Died)) break
    }
    assert.ok(died > 5)
  })
})
