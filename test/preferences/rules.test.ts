import assert from 'node:assert/strict'
import {
  type Account,
  blankAccount,
  chooseSharing,
  isBehind,
  pauseSharing,
  resumeSharing,
  statusOf,
} from '../../src/accounts/index.ts'
import { day } from '../../src/lib/clock.ts'
import { askAgainFrom, goesOn, groupNews, marketingOn } from '../../src/preferences/index.ts'
import { takenAlong } from '../../src/preferences/preference-rules.ts'
import { aCompany } from '../world/group.ts'

type ChoicesInForce = Parameters<typeof marketingOn>[0]
type Said = NonNullable<ChoicesInForce['own']>

const account = 'games:1'
const said = (given: Partial<Said>): Said => ({
  _id: 'x',
  s: 1,
  rev: 1,
  n: 1,
  choices: [],
  objections: {},
  log: [],
  ...given,
})
const aChoice = (yes: boolean, at: number, link?: string) => ({
  account,
  channel: 'email' as const,
  yes,
  at,
  n: 1,
  policyVersion: '1',
  ...(link && { link }),
})
const linked = (id: string) => ({ _id: account, link: { id } }) as ChoicesInForce['account']
const separate = { _id: account, link: null } as ChoicesInForce['account']

describe('what choices come to (S6-a, S6-c), rule by rule', () => {
  it('nothing said is a no; a yes said under another link is none', () => {
    const own = undefined
    assert.deepEqual(marketingOn({ account: separate, own, person: undefined }, 'email'), {
      allowed: false,
      reason: 'not-chosen',
    })
    const person = said({ choices: [aChoice(true, 5, 'first')] })
    assert.equal(marketingOn({ account: linked('first'), own, person }, 'email').allowed, true)
    assert.equal(marketingOn({ account: linked('second'), own, person }, 'email').allowed, false)
    assert.equal(marketingOn({ account: separate, own, person }, 'email').allowed, false)
    assert.equal(marketingOn({ account: linked('first'), own, person }, 'text').allowed, false)
  })

  it('S6-c: what was said before an objection counts no more; what was said after it does', () => {
    const objections = { marketing: { at: 10, n: 2 } }
    for (const at of [5, 15]) {
      const person = said({ choices: [aChoice(true, at, 'l')], objections })
      assert.equal(marketingOn({ account: linked('l'), own: undefined, person }, 'email').allowed, at > 10)
      const own = said({ choices: [aChoice(true, at)], objections })
      assert.equal(marketingOn({ account: separate, own, person: undefined }, 'email').allowed, at > 10)
      const news = said({ groupNews: { yes: true, at, n: 1 }, objections })
      assert.equal(groupNews({ account: separate, own: news, person: undefined }).allowed, at > 10)
    }
  })

  it('S6-c: an objection on either side of a link stops a yes from before it, whenever it was said', () => {
    const objecting = said({ objections: { marketing: { at: 10, n: 2 } } })
    const own = said({ choices: [aChoice(true, 15)] })
    assert.equal(marketingOn({ account: linked('l'), own, person: objecting }, 'email').reason, 'objected')
    const stopped = said({ choices: [aChoice(false, 10)], objections: { marketing: { at: 10, n: 2 } } })
    assert.equal(marketingOn({ account: linked('l'), own: stopped, person: said({}) }, 'email').allowed, false)
  })

  it('G7, S6-c: an account that objected before its link is not written to under it by a yes from before that', () => {
    const own = said({ choices: [aChoice(true, 5)], objections: { marketing: { at: 10, n: 2 } } })
    const inForce = { account: linked('l'), own, person: said({}) }
    assert.equal(marketingOn(inForce, 'email').reason, 'objected')
    const after = said({ choices: [aChoice(true, 15)], objections: { marketing: { at: 10, n: 2 } } })
    assert.equal(marketingOn({ ...inForce, own: after }, 'email').allowed, true, 'by one from after it')
  })

  it('S4-6: news of the group go to whoever asked for them, and to nobody by what their account said before its link', () => {
    const own = said({ groupNews: { yes: true, at: 5, n: 1 } })
    assert.equal(groupNews({ account: separate, own, person: undefined }).allowed, true)
    for (const person of [undefined, said({}), said({ groupNews: { yes: false, at: 7, n: 1 } })])
      assert.equal(groupNews({ account: linked('l'), own, person }).allowed, false)
  })

  it('G7: what somebody objected to while they held an account takes back what it said before, also once they lift it', () => {
    const own = said({ choices: [aChoice(true, 5)], groupNews: { yes: true, at: 5, n: 1 } })
    const person = said({ objections: { marketing: { at: 10, n: 2 } } })
    const left = takenAlong(own, person, { account, at: 20 })
    assert.deepEqual(
      [left?.choices.map(({ yes }) => yes), left?.groupNews?.yes, left?.objections.marketing?.at],
      [[false], false, 20],
    )
  })

  it('S6-c: whoever holds an account lifts what they raised; what the account raised since stands', () => {
    const raised = (at: number, lifted?: number) =>
      said({ objections: { profiling: { at, n: 1, ...(lifted && { lifted }) } } })
    const goes = (own: Said | undefined, person: Said | undefined) =>
      goesOn({ account: linked('l'), own, person }, 'profiling').allowed
    assert.deepEqual(
      [
        goes(undefined, raised(5)),
        goes(undefined, raised(5, 6)),
        goes(raised(3), raised(5, 6)),
        goes(raised(8), raised(5, 6)),
      ],
      [false, true, true, false],
    )
    assert.equal(goesOn({ account: separate, own: raised(3), person: raised(5, 6) }, 'profiling').allowed, false)
  })

  it('S6-a: after a no nobody is to ask again for a year', () => {
    assert.equal(askAgainFrom({ allowed: false, reason: 'refused', at: 5 }), 5 + 365 * day)
    assert.equal(askAgainFrom({ allowed: false, reason: 'not-chosen' }), undefined)
  })

  const linkedAccount = (): Account => ({
    ...blankAccount({
      _id: account,
      company: 'games',
      subject: '1',
      status: 'open',
      epoch: 1,
      language: 'en',
      createdAt: 0,
    }),
    link: {
      id: 'l',
      person: 'ada',
      agreed: ['givenName', 'city'],
      since: 0,
      policyVersion: '1',
      how: 'new',
    },
    copy: { givenName: 'Ada', city: 'Visby' },
    seq: 4,
  })
  const games = aCompany({
    id: 'games',
    release: {
      ...aCompany().release,
      purposes: [
        { id: 'account', receives: ['name'], purpose: { en: 'x' }, basis: 'contract' },
        { id: 'prizes', receives: ['address'], purpose: { en: 'y' }, basis: 'consent' },
        { id: 'books', receives: ['phone_number'], purpose: { en: 'z' }, basis: 'legal-obligation' },
      ],
    },
  })
  const choice = { op: 'o', at: 9, actor: { kind: 'person', id: 'ada' } } as const

  it('S4-4: a choice of a link that ended is none about the next; what the law orders is no choice', () => {
    const asked = { ...choice, allowed: ['account'] }
    assert.equal(chooseSharing(linkedAccount(), games, { ...asked, link: 'before' }), undefined)
    const made = chooseSharing(linkedAccount(), games, { ...asked, link: 'l' })
    assert.deepEqual(made?.set?.['link.purposes'], { prizes: { yes: false, at: 9 } })
    assert.deepEqual([made?.unset, made?.set?.seq], [['copy.city'], 5])
    assert.equal(chooseSharing({ ...linkedAccount(), status: 'closing' }, games, { ...asked, link: 'l' }), undefined)
  })

  it('S4-4: paused, nobody is behind and nothing is brought; that of another link is not paused', () => {
    const seen = linkedAccount()
    assert.equal(isBehind(seen, 'arcade'), true)
    assert.equal(pauseSharing(seen, { ...choice, link: 'before' }), undefined)
    const paused = { ...seen, link: { ...seen.link!, paused: 9 } }
    assert.equal(isBehind(paused, 'arcade'), false)
    assert.equal(statusOf(paused, ['arcade'], 7), 'paused', 'to support as well')
    assert.deepEqual(pauseSharing(seen, { ...choice, link: 'l' })?.set, { 'link.paused': 9 })
    assert.deepEqual(resumeSharing(paused, { ...choice, link: 'l' })?.unset, ['link.paused'])
    assert.equal(resumeSharing(seen, { ...choice, link: 'l' }), undefined)
  })
})
