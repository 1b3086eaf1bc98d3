import assert from 'node:assert/strict'
import { asAccount, asPerson } from '../../src/accounts/index.ts'
import { type Details, detailNames, detailsOfClaims } from '../../src/details/index.ts'
import { type ClaimsRequest, claimsFor, detailsForScopes, openidScopes } from '../../src/scopes/index.ts'
import { aGroup } from '../world/group.ts'

const { companies } = aGroup()
const all: Details = {
  givenName: 'Ada',
  familyName: 'Berg',
  birthDate: '1988-04-12',
  street: 'Kyrkogatan 14',
  postalCode: '222 22',
  city: 'Lund',
  region: null,
  country: 'SE',
  email: 'ada@mail.example',
  phone: '+46701740601',
}
const ada = { id: asPerson('ada'), addresses: ['ada@mail.example'] }
const own = { id: asAccount('mobile:1'), addresses: ['ada@mail.example'] }
const name = { given_name: 'Ada', family_name: 'Berg', name: 'Ada Berg' }
const address = { street_address: 'Kyrkogatan 14', postal_code: '222 22', locality: 'Lund', country: 'SE' }

/** Her linked account at a company, with more in the copy than any policy lets out. */
const linked = (company: string, changes: Partial<ClaimsRequest['account']> = {}): ClaimsRequest['account'] => ({
  _id: `${company}:1`,
  company,
  status: 'open',
  copy: all,
  link: { person: 'ada', agreed: [...detailNames], since: 1, id: 'link-1', policyVersion: '1', how: 'new' },
  ...changes,
})
const told = (company: string, request: Partial<ClaimsRequest> = {}) =>
  claimsFor({
    account: linked(company),
    company: companies.get(company)!,
    scopes: openidScopes,
    holder: ada,
    ...request,
  })

describe('what a client is told of an account (S4-4)', () => {
  it('is everything at Mobile, which may receive everything', () => {
    assert.deepEqual(told('mobile'), {
      ...name,
      birthdate: '1988-04-12',
      address,
      email: 'ada@mail.example',
      email_verified: true,
      phone_number: '+46701740601',
      phone_number_verified: false,
    })
  })

  it('has no phone at Games, whatever the copy holds', () => {
    assert.deepEqual(told('games'), {
      ...name,
      birthdate: '1988-04-12',
      address,
      email: 'ada@mail.example',
      email_verified: true,
    })
  })

  it('is name and e-mail at Pictures, though `profile` carries a birth date elsewhere', () => {
    assert.deepEqual(told('pictures'), { ...name, email: 'ada@mail.example', email_verified: true })
  })

  for (const [scopes, expected] of [
    [['openid'], {}],
    [['openid', 'profile'], { ...name, birthdate: '1988-04-12' }],
    [['openid', 'address'], { address }],
    [['openid', 'phone'], { phone_number: '+46701740601', phone_number_verified: false }],
    [['openid', 'offline_access', 'accounts.read', 'horoscope'], {}],
  ] as const)
    it(`is cut to the scope ${scopes.join(' ')}`, () => assert.deepEqual(told('mobile', { scopes }), expected))

  it('is cut to what the person agreed to, when the policy has grown since', () => {
    const account = linked('mobile', {
      link: {
        person: 'ada',
        agreed: detailsOfClaims(['name']),
        since: 1,
        id: 'link-1',
        policyVersion: '1',
        how: 'new',
      },
    })
    assert.deepEqual(told('mobile', { account }), name)
  })

  it('is cut to a policy that has shrunk, before the copy has followed', () => {
    const before = companies.get('mobile')!
    const company = { ...before, release: { ...before.release, receives: ['email' as const] } }
    assert.deepEqual(told('mobile', { company }), { email: 'ada@mail.example', email_verified: true })
  })

  it('is nothing to another company of the group', () => {
    for (const other of ['games', 'pictures']) assert.deepEqual(told('mobile', { company: companies.get(other)! }), {})
  })

  it('is nothing once the account is closed', () => {
    assert.deepEqual(told('mobile', { account: linked('mobile', { status: 'closed' }) }), {})
    assert.deepEqual(told('mobile', { account: linked('mobile', { status: 'void' }) }), {})
  })

  it('leaves out what was cleared or never known', () => {
    const account = linked('mobile', { copy: { givenName: 'Ada', familyName: null, phone: null } })
    assert.deepEqual(told('mobile', { account }), { given_name: 'Ada', name: 'Ada' })
  })

  describe('`email_verified` (T5)', () => {
    const verified = (request: Partial<ClaimsRequest>) =>
      told('mobile', { scopes: ['email'], ...request }).email_verified

    it('is false for an address that a company put there and the person never proved', () => {
      const account = linked('mobile', { copy: { email: 'other@mail.example' } })
      assert.equal(verified({ account }), false)
    })

    it('is false when the person in hand is not the one the account is linked to', () => {
      assert.equal(verified({ holder: { ...ada, id: asPerson('somebody') } }), false)
      assert.equal(verified({ holder: undefined }), false)
    })

    it('is true of a separate account for the address that signs it in, and no other', () => {
      const account = linked('mobile', { link: null })
      assert.equal(verified({ account, holder: own }), true)
      assert.equal(verified({ account, holder: { ...own, addresses: ['old@mail.example'] } }), false)
      assert.equal(verified({ account, holder: ada }), false)
    })
  })
})

describe('the details behind a scope', () => {
  it('are those of OpenID Connect, and none for scopes of an API', () => {
    assert.deepEqual(detailsForScopes(['profile', 'email']), ['givenName', 'familyName', 'birthDate', 'email'])
    assert.deepEqual(detailsForScopes(['openid', 'offline_access', 'accounts.write', 'constructor']), [])
  })
})
