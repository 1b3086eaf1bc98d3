import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  begunRecovery,
  closesAt,
  isLongUnused,
  isOpenRecovery,
  recoveryStatus,
  recoveryStaysOpen,
  recoveryWaits,
  stoppedRecovery,
  unusedFor,
  type WaitingRecovery,
} from '../../src/credentials/waiting-recovery.ts'
import { day, hour } from '../../src/lib/clock.ts'

const address = 'ada@mail.example'
const [old, late] = [{ provenAt: 0 }, { provenAt: 0, usedAt: 400 * day }]
const at = 401 * day
const begun = begunRecovery(address, 'recovery:1', at)

describe('a recovery by an address that nobody has used for long', () => {
  it('H15: old is an address after 12 months without a sign-in and without a code', () => {
    assert.equal(unusedFor, 365 * day)
    assert.equal(isLongUnused({ provenAt: 0 }, unusedFor), false)
    assert.equal(isLongUnused({ provenAt: 0 }, unusedFor + 1), true)
    assert.equal(isLongUnused({ provenAt: 0, usedAt: day }, unusedFor + day), false)
    assert.equal(isLongUnused({ provenAt: 2 * day, usedAt: day }, unusedFor + 2 * day), false, 'proven anew since')
  })

  it('H15: it waits for 72 hours and can be completed in the seven days after them', () => {
    assert.deepEqual([recoveryWaits, recoveryStaysOpen], [72 * hour, 7 * day])
    assert.deepEqual(begun, { address, op: 'recovery:1', since: at, until: at + 72 * hour })
    assert.equal(isOpenRecovery(begun, closesAt(begun) - 1), true)
    assert.equal(isOpenRecovery(begun, closesAt(begun)), false)
    assert.equal(isOpenRecovery(undefined, at), false)
  })

  const { until } = begun
  const lapsed = closesAt(begun)
  const stopped = stoppedRecovery(begun, at + hour)
  const rows: [string, { use: typeof old; recovery?: WaitingRecovery; codeAt: number; at: number }, string][] = [
    ['used of late, nothing asked for', { use: late, codeAt: at, at }, 'free'],
    ['old, nothing asked for', { use: old, codeAt: at, at }, 'to-begin'],
    ['asked for, a moment before its time', { use: old, recovery: begun, codeAt: until - 1, at: until - 1 }, 'waits'],
    ['asked for, signed in by somebody since', { use: late, recovery: begun, codeAt: until - 1, at }, 'waits'],
    [
      'its time is over, the code from before it',
      { use: old, recovery: begun, codeAt: until - 1, at: until + 1 },
      'waits',
    ],
    ['its time is over', { use: old, recovery: begun, codeAt: until, at: until }, 'free'],
    ['its days are over', { use: old, recovery: begun, codeAt: lapsed, at: lapsed }, 'to-begin'],
    ['its days are over, used of late', { use: late, recovery: begun, codeAt: lapsed, at: lapsed }, 'to-begin'],
    ['stopped', { use: old, recovery: stopped, codeAt: until, at: until }, 'to-begin'],
    ['stopped, used of late', { use: late, recovery: stopped, codeAt: until, at: until }, 'to-begin'],
    [
      'by an address of before',
      { use: late, recovery: { ...begun, address: 'old@mail.example' }, codeAt: at, at },
      'free',
    ],
  ]
  for (const [what, { use, recovery, codeAt, at }, is] of rows)
    it(`H15: ${what}: ${is}`, () => assert.equal(recoveryStatus({ address, use, recovery }, { codeAt, at }).is, is))

  it('H15: what was stopped once stays as it was stopped', () => {
    assert.deepEqual(stoppedRecovery(stopped, at + 5 * hour), stopped)
  })
})

describe('doors where a code to an address is all that somebody shows', () => {
  const src = join(import.meta.dirname, '../../src')

  /** What each code proves. gated: asks `recoveries.gate`; else why the address is not all that is shown. */
  const doors: Record<string, 'gated' | string> = {
    'accounts/recover.ts': 'gated',
    'links/prove-by-code.ts': 'gated',
    'support/prove-caller.ts': 'gated',
    'accounts/address-changes.ts': 'somebody signed in, and a new address',
    'accounts/confirm-address.ts': 'somebody signed in, and what they changed themselves',
    'accounts/separate-login.ts':
      'a new account; or whoever left it is signed in; or the letter of a link of these days',
    'links/make-unified.ts': 'the account proven by its password, and the code beside it',
    'people/register.ts': 'somebody new; an address that signs in is asked its password',
    'staff/join-staff.ts': 'an invitation, and a role that was just given',
  }

  it('H15: each is known, and each where the address alone proves lets an old one wait', () => {
    const found = globSync('**/*.ts', { cwd: src })
      .filter((file) => /codes\s*\.begin\(/.test(readFileSync(join(src, file), 'utf8')))
      .sort()
    assert.deepEqual(found, Object.keys(doors).sort())
    for (const file of found) {
      const asks = readFileSync(join(src, file), 'utf8').includes('recoveries.gate(')
      assert.equal(asks, doors[file] === 'gated', file)
    }
  })

  it('H15: and every page that begins a way back in by a letter asks it too', () => {
    const begins = globSync('**/*.ts', { cwd: src }).filter((file) =>
      /separateLogins\.beginWayIn\(/.test(readFileSync(join(src, file), 'utf8')),
    )
    for (const file of begins) {
      const text = readFileSync(join(src, file), 'utf8')
      assert.ok(text.includes('recoveries.gate(') || /right: 'proven anew'/.test(text), file)
    }
    assert.ok(begins.includes('portal/undo-routes.ts'))
  })
})
