import assert from 'node:assert/strict'
import { argon2i, argon2id, hash as referenceHash, verify as referenceVerify } from 'argon2'
import { createPasswords, longestPassword } from '../../src/credentials/password.ts'
import { isAppError } from '../../src/lib/errors.ts'

const cheap = { memoryCost: 1024, timeCost: 2, parallelism: 1 }
const password = 'an umbrella in the rain'

describe('passwords', () => {
  it('are argon2id with 19 MiB, two passes, one lane, unless a test asks for less (§3)', async () => {
    assert.match(await createPasswords().hash(password), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })

  it('are right, wrong, and right however the keyboard composed them', async () => {
    const passwords = createPasswords({ parameters: cheap })
    const stored = await passwords.hash('Ångström och façade')
    assert.deepEqual(await passwords.verify(stored, 'Ångström och façade'.normalize('NFD')), {
      ok: true,
      rehash: false,
    })
    assert.deepEqual(await passwords.verify(stored, 'Angstrom och facade'), { ok: false, rehash: false })
  })

  it('count to their last character: nothing is cut off (§3)', async () => {
    const passwords = createPasswords({ parameters: cheap })
    const long = '\u{1f5dd}'.repeat(longestPassword - 1)
    const stored = await passwords.hash(`${long}a`)
    assert.equal((await passwords.verify(stored, `${long}a`)).ok, true)
    assert.equal((await passwords.verify(stored, `${long}b`)).ok, false)
    const holdingNul = await passwords.hash('before\0after')
    assert.equal((await passwords.verify(holdingNul, 'before\0other')).ok, false)
  })

  it('cost one verification each, for an unknown address, an empty one and one beyond all length too (C10, T19)', async () => {
    const passwords = createPasswords({ parameters: cheap })
    const stored = await passwords.hash(password)
    for (const [against, given] of [
      [stored, password],
      [stored, 'wrong'],
      [undefined, password],
      [undefined, ''],
      [stored, 'x'.repeat(1_000_000)],
    ] as const) {
      const before = passwords.verifications()
      const { ok } = await passwords.verify(against, given)
      assert.equal(ok, against === stored && given === password)
      assert.equal(passwords.verifications(), before + 1)
    }
  })

  it('say when they were made with parameters of the past, and only if they were right', async () => {
    const stored = await createPasswords({ parameters: { ...cheap, timeCost: 3 } }).hash(password)
    const today = createPasswords({ parameters: cheap })
    assert.deepEqual(await today.verify(stored, password), { ok: true, rehash: true })
    assert.deepEqual(await today.verify(stored, 'wrong'), { ok: false, rehash: false })
  })

  it('H14: are written as verifiers of other languages read them; what was written otherwise is renewed, not hashed anew', async () => {
    const passwords = createPasswords({ parameters: cheap })
    const stored = await passwords.hash(password)
    assert.match(stored, /^\$argon2id\$v=19\$m=1024,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    const former = stored.replace('t=2,p=1', 'p=1,t=2')
    assert.deepEqual(await passwords.verify(former, password), { ok: true, rehash: true })
    assert.deepEqual(await passwords.verify(former, 'wrong'), { ok: false, rehash: false })
    assert.equal(await passwords.renewed(former, password), stored)
    assert.deepEqual(await passwords.verify(stored, password), { ok: true, rehash: false })
    const weaker = await createPasswords({ parameters: { ...cheap, timeCost: 3 } }).hash(password)
    const renewed = await passwords.renewed(weaker, password)
    assert.match(renewed, /m=1024,t=2,p=1/)
    assert.equal((await passwords.verify(renewed, password)).ok, true)
  })

  it('H14: are read by the reference implementation in C, whose hashes are read here; another kind of it is made anew', async () => {
    const passwords = createPasswords({ parameters: cheap })
    const ours = await passwords.hash('Ångström \0 façade')
    assert.equal(await referenceVerify(ours, 'Ångström \0 façade'), true)
    assert.equal(await referenceVerify(ours, 'Ångström'), false)
    const theirs = await referenceHash(password, { ...cheap, type: argon2id })
    assert.equal((await passwords.verify(theirs, password)).ok, true)
    assert.equal((await passwords.verify(theirs, 'wrong')).ok, false)
    const former = (await referenceHash(password, { ...cheap, type: argon2i })).replace('p=1,t=2', 't=2,p=1')
    assert.deepEqual(await passwords.verify(former, password), { ok: true, rehash: true })
    assert.match(await passwords.renewed(former, password), /^\$argon2id\$/)
  })

  it('beyond all length are refused with a word for it', async () => {
    await assert.rejects(createPasswords({ parameters: cheap }).hash('x'.repeat(longestPassword + 1)), (error) =>
      isAppError(error, 'password-long'),
    )
  })

  it('in a flood are hashed a few at a time; who finds the queue full is told so, and the rest are all served (§3)', async () => {
    const passwords = createPasswords({ parameters: cheap, concurrency: 2, queue: 3 })
    const stored = await passwords.hash(password)
    const tries = Array.from({ length: 8 }, () => passwords.verify(stored, password))
    assert.equal(passwords.depth(), 5)
    const outcomes = await Promise.allSettled(tries)
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    assert.equal(refused.length, 3)
    for (const { reason } of refused) assert.ok(isAppError(reason, 'busy') && reason.kind === 'unavailable')
    assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value.ok).length, 5)
    assert.equal(passwords.depth(), 0)
    assert.equal((await passwords.verify(stored, password)).ok, true)
  })

  it('give their turn back when a stored hash is damaged', async () => {
    const passwords = createPasswords({ parameters: cheap, concurrency: 1, queue: 0 })
    await assert.rejects(passwords.verify('not a hash', password))
    assert.equal(passwords.depth(), 0)
  })
})
