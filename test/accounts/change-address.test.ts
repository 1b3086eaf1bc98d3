import assert from 'node:assert/strict'
import { asPerson, createAccountsStore } from '../../src/accounts/index.ts'
import { createOneTimeCodes, createSignInStore, createVerificationStore } from '../../src/credentials/index.ts'
import { createPeopleStore, emailKey, type FormerAddress } from '../../src/people/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'
import { Died, haltingAfter, meanwhile } from '../world/dying.ts'
import { signInsOn } from '../world/sign-ins.ts'

const limits = {
  consume: async () => 0,
  refund: async () => {},
  isReached: async () => false,
  judged: async <T>(_rules: unknown, look: () => Promise<T | undefined>) => ({ found: await look(), nth: [] }),
}
const lookupKey = new Uint8Array(32).fill(7)
const hashPassword = async (password: string) => `hash of ${password}`

describe('another address for a unified sign-in', () => {
  let database: Database
  let codeTo: Map<string, string>
  let stores: ReturnType<typeof storesOn>
  const storesOn = ({ connection }: Database) => ({
    people: createPeopleStore(connection),
    accounts: createAccountsStore(connection, lookupKey),
    signIns: createSignInStore(connection),
    verifications: createVerificationStore(connection),
  })
  beforeEach(async () => {
    database = await openTestDatabase()
    codeTo = new Map()
    stores = storesOn(database)
  })
  afterEach(() => database.close())

  /** The features of one process, that halts when it has done so many operations. */
  const process = (
    left = { operations: Number.POSITIVE_INFINITY },
    halt: () => Promise<unknown> = async () => {
      throw new Died()
    },
  ) => {
    const people = haltingAfter(stores.people, left, halt)
    const signIns = haltingAfter(stores.signIns, left, halt)
    const verifications = haltingAfter(stores.verifications, left, halt)
    const codes = createOneTimeCodes({
      verifications,
      lookupKey,
      limits,
      sendMail: async ({ to, values }) => void codeTo.set(to, values.code!),
    })
    const { accounts } = stores
    return signInsOn({ people, accounts, signIns, verifications, codes, lookupKey, hashPassword })
  }
  const register = async (email: string): Promise<string> => {
    const { registration } = process()
    const details = { givenName: 'Ada', email }
    const handle = await registration.begin({ details, password: 'of hers', language: 'en', company: 'Mobile' })
    return (await registration.complete(handle, codeTo.get(email)!)).person
  }
  const begin = async (id: string, email: string) => {
    const handle = await process().addressChanges.begin(asPerson(id), email)
    return { handle, code: codeTo.get(email)! }
  }
  const get = async (id: string) => {
    const person = await stores.people.get(id)
    assert.ok(person)
    return person
  }
  /** Whom an address signs in: its key leads to them, and they list it. */
  const signsIn = async (email: string): Promise<string | undefined> => {
    const owner = (await stores.signIns.identifier(emailKey(email)))?.owner
    return owner && (await get(owner)).identifiers.includes(emailKey(email)) ? owner : undefined
  }

  const others = {
    'another sign-in is moved to it': async (email: string, eve: string) => {
      const id = await register(eve)
      const { handle, code } = await begin(id, email)
      return () => process().addressChanges.complete(asPerson(id), handle, code)
    },
    'somebody new registers with it': async (email: string) => () => register(email),
  }
  for (const [what, prepare] of Object.entries(others))
    it(`is had by one person when ${what} meanwhile, however slow the first is`, async () => {
      let halted = 0
      for (let operations = 0; ; operations++) {
        const email = `wanted-${operations}@mail.example`
        const ada = await register(`ada-${operations}@mail.example`)
        const { handle, code } = await begin(ada, email)
        const other = await prepare(email, `eve-${operations}@mail.example`)
        const stopped = await meanwhile(
          (halt) => process({ operations }, halt).addressChanges.complete(asPerson(ada), handle, code),
          other,
        )
        const rows = database.connection.collection('people').find({ identifiers: emailKey(email) })
        const have = (await rows.toArray()).map(({ _id }) => String(_id))
        assert.equal(have.length, 1, `halted before operation ${operations}`)
        assert.equal(await signsIn(email), have[0])
        if (!stopped) break
        halted += 1
      }
      assert.ok(halted > 5)
    })

  it('or the one of before, given back: exactly one signs in, wherever the process dies, and asked again it is done', async () => {
    const acts = {
      change: async (id: string, operations: number) => {
        const { handle, code } = await begin(id, `new-${operations}@mail.example`)
        return (features: ReturnType<typeof process>) => features.addressChanges.complete(asPerson(id), handle, code)
      },
      takeBack: async (id: string, operations: number) => {
        const { handle, code } = await begin(id, `new-${operations}@mail.example`)
        await process().addressChanges.complete(asPerson(id), handle, code)
        const { log } = await get(id)
        const { op, at } = log.at(-1)!
        const former: FormerAddress = { address: `ada-${operations}@mail.example`, op, at }
        return (features: ReturnType<typeof process>) => features.addressChanges.takeBack(asPerson(id), former)
      },
    }
    for (const [name, prepare] of Object.entries(acts)) {
      let died = 0
      for (let operations = 0; ; operations++) {
        const [before, after] = [`ada-${operations}@mail.example`, `new-${operations}@mail.example`]
        const id = await register(before)
        const act = await prepare(id, operations)
        const wanted = name === 'change' ? after : before
        const end: unknown = await act(process({ operations })).catch((error) => error)
        if (end instanceof Died) died += 1
        const both = await Promise.all([before, after].map(signsIn))
        assert.deepEqual(both.filter(Boolean), [id], `${name} died before operation ${operations}`)
        if ((await signsIn(wanted)) !== id) await act(process())
        assert.equal(await signsIn(wanted), id)
        await database.connection.collection('people').deleteMany({})
        await database.connection.collection('identifiers').deleteMany({})
        if (!(end instanceof Died)) break
      }
      assert.ok(died > 4, name)
    }
  })
})
