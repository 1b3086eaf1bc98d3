import assert from 'node:assert/strict'
import { type Account, blankAccount, type Decide } from '../../src/accounts/index.ts'
import { byCompany } from '../../src/people/index.ts'
import { applyToOwnCopy } from '../../src/profile-sync/sync-copies.ts'
import { aStormPerson } from './storm.ts'

describe('what a company wrote to a linked account', () => {
  const born = { company: 'mobile', subject: 'ada', status: 'open', epoch: 1, language: 'en', createdAt: 0 } as const
  const written: Account = {
    ...blankAccount({ _id: 'mobile:ada', ...born }),
    link: { id: 'l', person: 'ada', agreed: ['givenName'], since: 0, policyVersion: '1', how: 'new' },
    at: { v: 1, r: 1 },
    copy: { givenName: 'ada given' },
    seq: 1,
    intents: {
      op: {
        n: 1,
        changes: [{ field: 'givenName', value: 'Eve' }],
        actor: { kind: 'company', company: 'mobile', epoch: 1 },
        source: byCompany('mobile', 'l'),
        at: 0,
      },
    },
  }

  /** What was asked of the stores, and what each write of the account says of it as it stands then. */
  const applied = async (stands: Account) => {
    const asked: string[] = []
    const person = aStormPerson('ada')
    await applyToOwnCopy(
      {
        people: {
          get: async () => {
            asked.push('read the person')
            return person
          },
          commit: async () => {
            asked.push('write the person')
            const eve = { value: 'Eve', v: 2, at: 1, op: 'op' }
            return { ...person, v: 2, fields: { ...person.fields, givenName: { [byCompany('mobile', 'l')]: eve } } }
          },
        } as never,
        accounts: {
          get: async () => ({ ...stands, intents: {} }),
          change: async (_: string, decide: Decide) => {
            const { set, unset } = decide(stands) ?? {}
            asked.push(`write ${set?.['copy.givenName']} and take away ${unset}`)
            return { ...stands, intents: {} }
          },
        } as never,
        company: () =>
          ({ id: 'mobile', release: { receives: ['name'], writes: [], requires: [], scopes: [] } }) as never,
        revisionOf: () => 1,
      },
      written,
    )
    return asked
  }

  it('M11: is on its own copy in the very write that takes it away as something to be done', async () => {
    const once = ['read the person', 'write the person', 'write Eve and take away intents.op']
    assert.deepEqual(await applied(written), once)
  })

  it('M11: is on its own copy though another process took it away meanwhile', async () => {
    const [, , last] = await applied({ ...written, intents: {} })
    assert.equal(last, 'write Eve and take away ')
  })

  it('M11: is on no copy of a link that ended meanwhile', async () => {
    const { link: _, ...left } = written
    const [, , last] = await applied(left as Account)
    assert.equal(last, 'write undefined and take away intents.op')
  })
})
