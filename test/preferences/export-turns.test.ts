import assert from 'node:assert/strict'
import { type AudienceDeps, createAudience } from '../../src/preferences/audience.ts'

describe('an export of a company’s audience, beside everybody else (S2-a)', () => {
  it('lets whoever waits have a turn between two of its pages, however fast the store answers', async () => {
    const stored = ['games:a', 'games:b', 'games:c'].map((_id) => ({ _id, subject: _id, status: 'closed' }))
    const audience = createAudience({
      accounts: {
        ofCompany: async (_company: string, after: string) => stored.filter(({ _id }) => _id > after).slice(0, 1),
      },
      asks: { add: async () => {} },
    } as unknown as AudienceDeps)
    const told: string[] = []
    const wait = (): void => void setImmediate(() => told.push('somebody else'))
    wait()
    for await (const { subject } of audience.exported({ id: 'games' } as never, 'machine', '')) {
      told.push(subject)
      wait()
    }
    assert.deepEqual(told, [
      'games:a',
      'somebody else',
      'somebody else',
      'games:b',
      'somebody else',
      'games:c',
      'somebody else',
    ])
  })
})
