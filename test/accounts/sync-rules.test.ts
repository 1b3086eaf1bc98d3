import assert from 'node:assert/strict'
import { type Account, blankAccount, copyChanges, syncCopy } from '../../src/accounts/index.ts'

const linked = (more: Partial<Account> = {}): Account => ({
  ...blankAccount({
    _id: 'games:a',
    company: 'games',
    subject: 'a',
    status: 'open',
    epoch: 3,
    language: 'en',
    createdAt: 0,
  }),
  link: { id: 'l', person: 'ada', agreed: ['givenName', 'city'], since: 0, policyVersion: '1', how: 'new' },
  at: { v: 4, r: 2 },
  copy: { givenName: 'Ada', city: 'Lund' },
  seq: 5,
  ...more,
})
const newest = { person: 'ada', v: 5, r: 2, details: { givenName: 'Eva', city: 'Lund' }, at: 1 }
const released = ['givenName', 'city'] as const

describe('bringing a linked account’s copy in step (M2, M8)', () => {
  it('W11: compares details and policy one by one: an older policy never undoes what a newer one withdrew', () => {
    for (const [v, r] of [
      [9, 1],
      [3, 9],
      [4, 2],
    ] as const)
      assert.equal(syncCopy(linked(), { ...newest, v, r, released }), undefined, `${v}.${r}`)
    for (const [v, r] of [
      [5, 2],
      [4, 3],
    ] as const)
      assert.ok(syncCopy(linked(), { ...newest, v, r, released }), `${v}.${r}`)
  })

  it('M2: writes on nobody else’s account, on none that left, and on none that is closing', () => {
    assert.equal(syncCopy(linked(), { ...newest, person: 'bo', released }), undefined)
    assert.equal(syncCopy(linked({ link: null }), { ...newest, released }), undefined)
    assert.equal(syncCopy(linked({ status: 'closing' }), { ...newest, released }), undefined)
  })

  it('W13: what the policy no longer releases leaves the copy and is told as withdrawn, not as cleared', () => {
    const moved = syncCopy(linked(), { ...newest, released: ['givenName'] })
    assert.deepEqual(moved?.unset, ['copy.city'])
    assert.deepEqual(moved?.set?.withdrawn, ['city'])
    assert.deepEqual(moved?.log?.[0]?.withdrawn, ['city'])
    assert.equal(moved?.set?.seq, 6)
  })

  it('W13: what was withdrawn stays told so until it is released again', () => {
    const before = { copy: { givenName: 'Ada' }, withdrawn: ['city' as const] }
    const details = { givenName: 'Eva', city: 'Lund' }
    assert.equal(copyChanges(before, { details, released: ['givenName'] }).set.withdrawn, undefined)
    assert.deepEqual(copyChanges(before, { details, released }).set.withdrawn, [])
  })

  it('M5: nothing is told when nothing that this company receives has changed', () => {
    const moved = syncCopy(linked(), { ...newest, details: { givenName: 'Ada', city: 'Lund' }, released })
    assert.deepEqual(moved, { set: { at: { v: 5, r: 2 } } })
  })

  it('absent leaves what stands, null clears it', () => {
    const { set, fields } = copyChanges(linked(), { details: { city: null }, released })
    assert.deepEqual(set, { 'copy.city': null })
    assert.deepEqual(fields, ['city'])
  })
})
