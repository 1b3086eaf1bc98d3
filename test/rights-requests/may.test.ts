import assert from 'node:assert/strict'
import { type Account, asAccount, asPerson } from '../../src/accounts/index.ts'
import { isPastDoubted, mayAsk, mayAskOfPast, maySeeRequest, mayWorkOn } from '../../src/rights-requests/may.ts'
import { roles, type Staff } from '../../src/staff/index.ts'

const link = { person: 'ada', agreed: [], since: 0, id: 'l', policyVersion: '1', how: 'new' as const }
const signIn = { key: 'k', credential: 'c', address: 'a@b.example', provenAt: 0 }
const id = 'games:1'
type Asked = Pick<Account, '_id' | 'status' | 'link' | 'signIn' | 'left'>
const accounts = {
  linked: { _id: id, status: 'open', link, signIn: null },
  closing: { _id: id, status: 'closing', link, signIn: null },
  separate: { _id: id, status: 'open', link: null, signIn },
  left: { _id: id, status: 'open', link: null, signIn: null },
  closed: { _id: id, status: 'closed', link, signIn: null },
} satisfies Record<string, Asked>

const viewers = {
  'the person': asPerson('ada'),
  'another person': asPerson('bo'),
  'the separate account': asAccount(id),
  'another separate account': asAccount('games:2'),
  'the same number at another company': asAccount('mobile:1'),
}

describe('who may do what with a rights request (S9, T14, T18, T19)', () => {
  for (const [who, viewer] of Object.entries(viewers)) {
    it(`${who} asks about what is theirs now`, () => {
      const may = Object.entries(accounts).flatMap(([name, account]) => (mayAsk(viewer, account) ? [name] : []))
      const allowed: Record<string, string[]> = {
        'the person': ['linked', 'closing'],
        'the separate account': ['separate'],
      }
      assert.deepEqual(may, allowed[who] ?? [])
    })

    it(`${who} sees what they asked for, wherever the account is now`, () => {
      for (const [name, account] of Object.entries({ ...accounts, none: null })) {
        const byPerson = maySeeRequest(viewer, { holder: 'person:ada', account: id }, account)
        assert.equal(byPerson, who === 'the person', `asked by the person, ${name}`)
        const byAccount = maySeeRequest(viewer, { holder: `account:${id}`, account: id }, account)
        // The account with its own sign-in came to a person: what was asked with it came along.
        const cameAlong = who === 'the person' && account !== null && account.link !== null
        assert.equal(byAccount, who === 'the separate account' || cameAlong, `asked by the account, ${name}`)
      }
    })
  }

  it('S9: one that was theirs last is asked about by the person alone who left it, until somebody else has it', () => {
    const left = { person: 'ada', how: 'new' as const }
    const past = { ...accounts.left, left }
    const asks = (account: Asked) =>
      Object.entries(viewers).flatMap(([who, viewer]) => (mayAskOfPast(viewer, account) ? [who] : []))
    assert.deepEqual(asks(past), ['the person'])
    assert.deepEqual(asks({ ...past, status: 'closed' }), ['the person'])
    assert.deepEqual(asks({ ...past, link: { ...link, person: 'bo' } }), [])
    assert.deepEqual(asks(accounts.separate), [])
    assert.equal(isPastDoubted(past), false)
    assert.equal(isPastDoubted({ ...past, left: { person: 'ada', how: 'existing' } }), true, 'T18')
    assert.equal(isPastDoubted({ ...past, signIn }), true, 'T18')
  })

  it('its own company’s privacy staff works on it, and nobody else of staff', () => {
    for (const role of roles)
      for (const company of ['games', 'mobile'])
        for (const status of ['active', 'invited', 'ended'] as const) {
          const staff: Pick<Staff, 'company' | 'roles' | 'status'> = { company, roles: [role], status }
          const isOurs = role === 'privacy' && company === 'games' && status === 'active'
          assert.equal(mayWorkOn(staff, { company: 'games' }), isOurs, `${role} of ${company}, ${status}`)
        }
  })
})
