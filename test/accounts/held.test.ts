import assert from 'node:assert/strict'
import { beginClosure } from '../../src/accounts/close-account.ts'
import { closureHeldAt, returnHeldAt } from '../../src/accounts/held.ts'
import { type Account, blankAccount } from '../../src/accounts/index.ts'
import { day, hour } from '../../src/lib/clock.ts'
import { isTakenBack, type Person } from '../../src/people/index.ts'

const t0 = 1_700_000_000_000
const takeBack = { address: 'owner@mail.example', op: 'address:1', at: t0, before: { fields: {} } }
const person = (over: Partial<Person> = {}) =>
  ({ _id: 'p', credentialEpoch: 2, fields: {}, identifiers: ['email:group:thief@mail.example'], ...over }) as Person
const account = (over: Partial<Account> = {}): Account => ({
  ...blankAccount({
    _id: 'games:s' as Account['_id'],
    company: 'games',
    subject: 's',
    status: 'open',
    epoch: 3,
    language: 'en',
    createdAt: t0 - day,
  }),
  ...over,
})

describe('what an act comes to while a change of the address may be taken back, by who does it (H4)', () => {
  const ends = t0 + 3 * day
  /** Who acts, when, and what stands then: until when nothing is final; undefined: at once. */
  const actors: Record<string, { holder: Person | null; of: Account; at: number; until: number | undefined }> = {
    'an owner who moved nothing': { holder: person(), of: account(), at: t0 + hour, until: undefined },
    'a thief who moved the address': {
      holder: person({ takeBacks: [takeBack] }),
      of: account(),
      at: t0 + hour,
      until: ends,
    },
    'a thief who moved it twice': {
      holder: person({ takeBacks: [takeBack, { ...takeBack, op: 'address:2', at: t0 + day }] }),
      of: account(),
      at: t0 + 2 * day,
      until: ends + day,
    },
    'whoever it is once three days are over': {
      holder: person({ takeBacks: [takeBack] }),
      of: account(),
      at: ends + 1,
      until: undefined,
    },
    'a thief of an account apart': {
      holder: null,
      of: account({ takeBacks: [{ ...takeBack, changed: {} }] }),
      at: t0 + hour,
      until: ends,
    },
    'a stranger, or a company by its interface, about nobody’s account': {
      holder: null,
      of: account(),
      at: t0 + hour,
      until: undefined,
    },
  }
  for (const [who, { holder, of, at, until }] of Object.entries(actors))
    it(`H4: ${who}`, () => {
      const held = closureHeldAt(of, holder, at)
      assert.equal(held?.until, until)
      const actor = { kind: 'person', id: 'p' } as const
      const closure = { op: 'o', at, actor, held, under: holder?.credentialEpoch }
      const atOnce = beginClosure(of, { ...closure, process: { kind: 'at-once' } })?.set
      assert.equal(atOnce?.status, until === undefined ? 'closed' : 'closing')
      const afterGrace = beginClosure(of, { ...closure, process: { kind: 'after-grace', days: 1 } })?.set
      assert.equal((afterGrace?.closing as { at: number } | undefined)?.at, Math.max(at + day, until ?? 0))
      // Begun before the change by its owner, it is begun again by nobody else; begun since, by whoever is there.
      for (const [since, isHeld] of [
        [t0 - 1, until !== undefined],
        [t0 + 1, false],
      ] as const)
        assert.equal(returnHeldAt({ ...of, closing: { since, at: null } }, holder, at) !== undefined, isHeld)
    })

  it('H4: what a sign-in was taken back from is void by its time and its credentials together', () => {
    const holder = { takenBack: { since: t0, epoch: 5 } }
    const cases: [{ since: number; under?: number } | undefined, boolean][] = [
      [{ since: t0, under: 4 }, true],
      [{ since: t0 + day, under: 4 }, true],
      [{ since: t0 - 1, under: 4 }, false],
      [{ since: t0 + day, under: 5 }, false],
      [{ since: t0 + day }, false],
      [undefined, false],
    ]
    for (const [begun, isVoid] of cases) assert.equal(isTakenBack(holder, begun), isVoid, JSON.stringify(begun))
    assert.equal(isTakenBack({}, { since: t0, under: 1 }), false)
  })
})
