import assert from 'node:assert/strict'
import { asPerson } from '../../src/accounts/index.ts'
import type { SignInEvent } from '../../src/activity/event.ts'
import { createRecentUses } from '../../src/activity/recent-uses.ts'
import { now } from '../../src/lib/clock.ts'
import type { PersonId } from '../../src/people/index.ts'

describe('uses of a moment ago', () => {
  const useOf = (person: string): SignInEvent =>
    ({
      kind: 'service-used',
      how: 'session',
      holder: asPerson(person as PersonId),
      service: 'games',
      browser: 'b',
    }) as SignInEvent

  it('S10: of whoever is erased are forgotten, and of nobody whose id begins alike', () => {
    const uses = createRecentUses()
    for (const person of ['ada', 'ada-2']) uses.keep(useOf(person), { id: person, at: now() })
    uses.forget(asPerson('ada' as PersonId))
    assert.deepEqual([uses.find(useOf('ada')), uses.find(useOf('ada-2'))], [undefined, 'ada-2'])
  })
})
