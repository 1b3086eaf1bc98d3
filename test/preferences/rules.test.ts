import assert from 'node:assert/strict'
import { day } from '../../src/lib/clock.ts'
import { askAgainFrom, goesOn, groupNews, marketingOn } from '../../src/preferences/index.ts'

type Standing = Parameters<typeof marketingOn>[0]
type Said = NonNullable<Standing['own']>

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
const choice = (yes: boolean, at: number, link?: string) => ({
  account,
  channel: 'email' as const,
  yes,
  at,
  n: 1,
  policyVersion: '1',
  ...(link && { link }),
})
const linked = (id: string) => ({ _id: account, link: { id } }) as Standing['account']
const separate = { _id: account, link: null } as Standing['account']

describe('what choices come to (S6-a, S6-c), rule by rule', () => {
  it('nothing said is a no; a yes said under another link is none', () => {
    const own = undefined
    assert.deepEqual(marketingOn({ account: separate, own, person: undefined }, 'email'), {
      allowed: false,
      reason: 'not-chosen',
    })
    const person = said({ choices: [choice(true, 5, 'first')] })
    assert.equal(marketingOn({ account: linked('first'), own, person }, 'email').allowed, true)
    assert.equal(marketingOn({ account: linked('second'), own, person }, 'email').allowed, false)
    assert.equal(marketingOn({ account: separate, own, person }, 'email').allowed, false)
    assert.equal(marketingOn({ account: linked('first'), own, person }, 'text').allowed, false)
  })

  it('S6-c: what was said before an objection counts no more; what was said after it does', () => {
    const objections = { marketing: { at: 10, n: 2 } }
    for (const at of [5, 15]) {
      const person = said({ choices: [choice(true, at, 'l')], objections })
      assert.equal(marketingOn({ account: linked('l'), own: undefined, person }, 'email').allowed, at > 10)
      const own = said({ choices: [choice(true, at)], objections })
      assert.equal(marketingOn({ account: separate, own, person: undefined }, 'email').allowed, at > 10)
      const news = said({ groupNews: { yes: true, at, n: 1 }, objections })
      assert.equal(groupNews({ account: separate, own: news, person: undefined }).allowed, at > 10)
    }
  })

  it('S6-c: an objection on either side of a link stops a yes from before it, whenever it was said', () => {
    const objecting = said({ objections: { marketing: { at: 10, n: 2 } } })
    const own = said({ choices: [choice(true, 15)] })
    assert.equal(marketingOn({ account: linked('l'), own, person: objecting }, 'email').reason, 'objected')
    const stopped = said({ choices: [choice(false, 10)], objections: { marketing: { at: 10, n: 2 } } })
    assert.equal(marketingOn({ account: linked('l'), own: stopped, person: said({}) }, 'email').allowed, false)
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
})
