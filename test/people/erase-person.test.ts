import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSignInStore, type SignInStore } from '../../src/credentials/index.ts'
import {
  createErasePerson,
  createPeopleStore,
  emailKey,
  type PeopleStore,
  type Person,
} from '../../src/people/index.ts'
import { type Database, openDatabase } from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'
import { Died, dyingAfter } from '../world/dying.ts'

const address = 'planted.value@mail.example'
const key = emailKey(address)
const credential = 'person:ada:password:1'
const ada = (): Person => ({
  _id: 'ada',
  s: 1,
  rev: 1,
  v: 1,
  status: 'active',
  fields: { familyName: { person: { value: 'Plantedname', v: 1, at: 1, op: 'a' } } } as Person['fields'],
  identifiers: [key],
  credentials: [credential],
  credentialEpoch: 1,
  credentialsChangedAt: 1,
  language: 'en',
  createdAt: 1,
  applied: {},
  log: [],
  n: 0,
})

describe('erasing a unified sign-in (S4-10)', () => {
  let database: Database
  let people: PeopleStore
  let signIns: SignInStore
  const open = async (fresh: Database) => {
    database = fresh
    people = createPeopleStore(database.connection)
    signIns = createSignInStore(database.connection)
    await people.insert(ada())
    await signIns.addCredential({ _id: credential, kind: 'password', secret: 'plantedsecret', createdAt: 1 })
    await signIns.claim(key, 'ada', async () => false)
  }
  afterEach(() => database.close())

  const erasing = (holds = false, left = { operations: Number.POSITIVE_INFINITY }) =>
    createErasePerson({
      people: dyingAfter(people, left),
      signIns: dyingAfter(signIns, left),
      holdsAccounts: async () => holds,
      usesAccounts: async () => holds,
    })
  const assertGone = async () => {
    const person = await people.get('ada')
    assert.deepEqual([person?.status, person?.fields, person?.identifiers, person?.credentials], ['erased', {}, [], []])
    assert.equal(await signIns.identifier(key), null)
    assert.equal(await signIns.credential(credential), null)
  }

  it('leaves a tombstone without a detail, and the address to whoever proves it next', async () => {
    await open(await openTestDatabase())
    await erasing().erase('ada')
    await assertGone()
    await erasing().erase('ada')
    assert.equal(await signIns.claim(key, 'bo', async () => false), 'claimed')
    assert.equal((await people.get('ada'))?.log.filter(({ kind }) => kind === 'erased').length, 1)
  })

  it('is refused while an account hangs on it, and changes nothing then', async () => {
    await open(await openTestDatabase())
    await assert.rejects(() => erasing(true).erase('ada'), { code: 'accounts-left' })
    const person = await people.get('ada')
    assert.deepEqual([person?.status, person?.identifiers], ['active', [key]])
    assert.ok(await signIns.credential(credential))
  })

  it('goes on to its end from wherever a crash stopped it, or was never begun', async () => {
    for (let operations = 0; ; operations++) {
      await open(await openTestDatabase())
      const left = { operations }
      const died = await erasing(false, left)
        .erase('ada')
        .then(
          () => false,
          (error) => error instanceof Died,
        )
      if (!died) break
      const person = await people.get('ada')
      assert.ok(person && ['active', 'erasing', 'erased'].includes(person.status))
      if (person.status === 'active') assert.ok(await signIns.identifier(key), 'nothing was taken before the mark')
      else {
        await erasing().settle(person)
        await assertGone()
      }
      await database.close()
    }
  })

  it('leaves none of its values in the file, nor in what the file was before (S10) @embedded', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'erase-'))
    try {
      await open(await openDatabase({ dataDir }))
      await erasing().erase('ada')
      await people.drained('ada', Number.POSITIVE_INFINITY)
      await database.close()
      const bytes = readdirSync(dataDir).map((name) => readFileSync(join(dataDir, name), 'latin1'))
      for (const planted of ['planted.value', 'Plantedname', 'plantedsecret'])
        assert.ok(!bytes.some((text) => text.includes(planted)), `${planted} is still there`)
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
})
