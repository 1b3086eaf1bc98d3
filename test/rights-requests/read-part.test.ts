import assert from 'node:assert/strict'
import { createReadPart } from '../../src/rights-requests/read-part.ts'
import type { RequestPart } from '../../src/rights-requests/request.ts'

describe('a request as its desk and whoever asked read it', () => {
  it('S9, U6: who is told of it as well stands there by name, a partner as the legal entity that it is', async () => {
    const readPart = createReadPart({
      keys: { open: async (_id: string, sealed: string) => sealed } as Parameters<typeof createReadPart>[0]['keys'],
      company: () => undefined,
      group: {
        services: new Map([['mobile-store', { name: 'Mobile Store' }]]),
        partners: new Map([['scoreboard', { legalName: 'Scoreboard Oy' }]]),
      },
    })
    const part: RequestPart = {
      _id: 'mobile:1',
      rev: 1,
      company: 'mobile',
      holder: 'somebody',
      kind: 'correction',
      receivedAt: 0,
      paused: 0,
      said: [{ at: 0, by: 'desk', what: 'answered', recipients: ['mobile-store', 'scoreboard', 'gone-since'] }],
      news: [],
      lastNews: 0,
    }
    const { said } = await readPart(part)
    assert.deepEqual(said[0]?.recipients, ['Mobile Store', 'Scoreboard Oy', 'gone-since'])
  })
})
