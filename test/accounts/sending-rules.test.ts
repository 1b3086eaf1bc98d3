import assert from 'node:assert/strict'
import {
  type Account,
  acquireSendLease,
  blankAccount,
  isBehind,
  releaseSendLease,
  type SendOutcome,
  sendLeasesOpenUntil,
  statusOf,
} from '../../src/accounts/index.ts'

const recipient = 'games-web'

/** A linked account that stands at (epoch, seq), with what is said of it. */
const anAccount = (more: Partial<Account>): Account => ({
  ...blankAccount({
    _id: 'games:a',
    company: 'games',
    subject: 'a',
    status: 'open',
    epoch: 3,
    language: 'en',
    createdAt: 0,
  }),
  link: { id: 'l', person: 'ada', agreed: [], since: 0, policyVersion: '1', how: 'new' },
  seq: 5,
  ...more,
})
const told = (epoch: number, seq: number) => ({ [recipient]: { epoch, seq, outcome: 'acknowledged' as const, at: 0 } })
const sending = (token: string, until: number) => ({ [recipient]: { epoch: 3, seq: 5, token, until } })
const taken: SendOutcome = { outcome: 'acknowledged' }

describe('who is told of an account, and what became of it (M5, M6)', () => {
  it('W3: is behind under a newer link, however high the number that an older one had reached', () => {
    assert.equal(isBehind(anAccount({ epoch: 3, seq: 2, told: told(1, 9) }), recipient), true)
    assert.equal(isBehind(anAccount({ epoch: 3, seq: 5, told: told(3, 4) }), recipient), true)
    assert.equal(isBehind(anAccount({ epoch: 3, seq: 5, told: told(3, 5) }), recipient), false)
  })

  it('W3: an outcome of an older state, or of an older link, never stands for a newer one', () => {
    for (const [epoch, seq] of [
      [3, 4],
      [2, 9],
    ] as const) {
      const account = anAccount({ told: told(3, 5) })
      assert.equal(releaseSendLease(account, { recipient, token: 't', epoch, seq, now: 1, result: taken }), undefined)
    }
    const late = { recipient, token: 't', epoch: 3, seq: 4, now: 1, result: taken }
    const held = releaseSendLease(anAccount({ told: told(3, 5), sending: sending('t', 9) }), late)
    assert.deepEqual(held, { unset: [`sending.${recipient}`] })
  })

  it('W3: an outcome of a newer state is raised to, and recorded once', () => {
    const newer = { recipient, token: 't', epoch: 3, seq: 5, now: 1, result: taken }
    const raised = releaseSendLease(anAccount({ told: told(3, 4), sending: sending('t', 9) }), newer)
    assert.deepEqual(raised?.set?.[`told.${recipient}`], { epoch: 3, seq: 5, outcome: 'acknowledged', at: 1 })
    assert.equal(raised?.log?.length, 1)
    assert.equal(raised?.log?.[0]?.isNext, true)
    for (const before of [told(3, 3), told(2, 4), {}]) {
      const skipped = releaseSendLease(anAccount({ told: before, sending: sending('t', 9) }), newer)
      assert.equal(skipped?.log?.[0]?.isNext, undefined, 'what lies between was never answered')
    }
    assert.equal(releaseSendLease(anAccount({ told: told(3, 5) }), newer), undefined)
  })

  it('W10: one at a time sends to a recipient, until the turn of whoever does has run out', () => {
    const turn = { recipient, token: 'second', now: 100, wellSince: 0 }
    assert.equal(acquireSendLease(anAccount({ sending: sending('first', 101) }), turn), undefined)
    const begun = acquireSendLease(anAccount({ sending: sending('first', 100) }), turn)
    assert.ok(begun?.set?.[`sending.${recipient}`])
  })

  it('W10: whoever lost the turn takes nothing away from who has it', () => {
    const failed = { outcome: 'failed', why: 'timeout', again: 50, alone: true } as const
    const account = anAccount({ sending: sending('second', 101) })
    const lost = { recipient, token: 'first', epoch: 3, seq: 5, now: 1, result: failed }
    assert.equal(releaseSendLease(account, lost), undefined)
  })

  it('W16: nothing is sent before the time of the next try', () => {
    const waits = anAccount({ retry: { [recipient]: { failures: 1, at: 200, why: 'x' } } })
    assert.equal(acquireSendLease(waits, { recipient, token: 't', now: 199, wellSince: 0 }), undefined)
    assert.ok(acquireSendLease(waits, { recipient, token: 't', now: 200, wellSince: 0 }))
  })

  it('W1: an unlink waits for every send that is open, and for none that ran out', () => {
    assert.equal(sendLeasesOpenUntil(anAccount({ sending: sending('t', 50) }), 49), 50)
    assert.equal(sendLeasesOpenUntil(anAccount({ sending: sending('t', 50) }), 50), 0)
  })

  it('G5: of an account that is not linked, or is closing, nobody is told', () => {
    assert.equal(isBehind(anAccount({ link: null }), recipient), false)
    assert.equal(isBehind(anAccount({ status: 'closing' }), recipient), false)
  })

  it('says in one word how an account stands', () => {
    assert.equal(statusOf(anAccount({ at: { v: 1, r: 1 } }), [recipient], 1), 'on its way')
    assert.equal(statusOf(anAccount({ at: { v: 1, r: 1 }, told: told(3, 5) }), [recipient], 1), 'in step')
    assert.equal(statusOf(anAccount({ at: { v: 1, r: 1 }, told: told(3, 5) }), [recipient], 2), 'on its way')
    assert.equal(statusOf(anAccount({ link: null }), [recipient], 1), 'not linked')
    const refused = { [recipient]: { epoch: 3, seq: 5, outcome: 'refused' as const, at: 0 } }
    assert.equal(statusOf(anAccount({ at: { v: 1, r: 1 }, told: refused }), [recipient], 1), 'refused')
  })
})
