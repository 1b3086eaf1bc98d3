import assert from 'node:assert/strict'
import type { DetailName } from '../../src/details/index.ts'
import { day, hour } from '../../src/lib/clock.ts'
import { isAppError } from '../../src/lib/errors.ts'
import {
  type Actor,
  ageAt,
  assertOwnBirthDate,
  birthDateRest,
  byCompany,
  byPerson,
  type Fields,
  isUnderAge,
  type RecordedChange,
  undoableFields,
  undoWithin,
} from '../../src/people/index.ts'

const at = (time: string) => Date.parse(time)

describe('age', () => {
  for (const [birthDate, time, age] of [
    ['2010-06-15', '2026-06-13T09:00Z', 15],
    ['2010-06-15', '2026-06-14T09:59Z', 15],
    ['2010-06-15', '2026-06-14T10:00Z', 16],
    ['2010-06-15', '2026-06-15T00:00Z', 16],
    ['2008-02-29', '2027-02-27T09:00Z', 18],
    ['2008-02-29', '2027-02-28T12:00Z', 19],
    ['2000-01-01', '2025-12-31T11:00Z', 26],
  ] as const)
    it(`is ${age} for somebody born on ${birthDate} at ${time}: a birthday begins where the day begins first (S11)`, () => {
      assert.equal(ageAt(birthDate, at(time)), age)
      assert.equal(isUnderAge(birthDate, age, at(time)), false)
      assert.equal(isUnderAge(birthDate, age + 1, at(time)), true)
    })
})

describe('a person correcting their own birth date', () => {
  const now = at('2026-05-01T12:00Z')
  const born = (standing: string | null | undefined, correctedAt?: number) => ({ standing, correctedAt })
  const attempt = (person: ReturnType<typeof born>, wanted: string | null) => () =>
    assertOwnBirthDate(person, wanted, { minimumAge: 16, at: now })

  for (const [who, person, wanted, code] of [
    ['for the first time ever', born(undefined), '2001-01-01', undefined],
    ['on the same side of the limit', born('1990-01-01'), '1991-01-01', undefined],
    ['to what it is already, even at once', born('1990-01-01', now), '1990-01-01', undefined],
    ['30 days after the last time', born('1990-01-01', now - birthDateRest), '1991-01-01', undefined],
    ['a moment before 30 days', born('1990-01-01', now - birthDateRest + 1), '1991-01-01', 'birth-date-guarded'],
    ['by clearing it', born('1990-01-01'), null, 'birth-date-guarded'],
    ['to a child’s (T17)', born('1990-01-01'), '2015-01-01', 'birth-date-age-limit'],
    ['from a child’s to a grown-up’s (T17)', born('2015-01-01'), '1990-01-01', 'birth-date-age-limit'],
  ] as const)
    it(`${who}: ${code ?? 'yes'}`, () => {
      if (!code) return assert.doesNotThrow(attempt(person, wanted))
      return assert.throws(attempt(person, wanted), (error) => {
        assert.ok(isAppError(error, code))
        assert.deepEqual([error.kind, error.values], ['conflict', { field: 'birthDate' }])
        return true
      })
    })
})

describe('what a person is offered to take back', () => {
  const now = at('2026-05-01T12:00Z')
  const games: Actor = { kind: 'company', company: 'games', epoch: 1 }
  const agent: Actor = { kind: 'support', company: 'games', epoch: 1, agent: 'a', role: 'support', case: 'c' }
  const changed = (actor: Actor, ago: number): RecordedChange => ({
    op: 'theirs',
    at: now - ago,
    actor,
    changes: { givenName: { before: 'Ada', after: 'Eva' }, city: { before: null, after: 'Lund' } },
  })
  const said = (op: string, v: number) => ({ value: 'x', v, at: now, op })
  const standing: Fields = {
    givenName: { [byPerson]: said('mine', 1), [byCompany('games', 'link-1')]: said('theirs', 2) },
    city: { [byCompany('games', 'link-1')]: said('theirs', 2) },
  }

  for (const [title, fields, change, expected] of [
    ['a company’s, in force', standing, changed(games, hour), ['givenName', 'city']],
    ['its support’s, in force', standing, changed(agent, hour), ['givenName', 'city']],
    ['to the end of 72 hours', standing, changed(games, undoWithin), ['givenName', 'city']],
    ['not a moment later', standing, changed(games, undoWithin + 1), []],
    ['not days later', standing, changed(games, 4 * day), []],
    ['not the person’s own', standing, changed({ kind: 'person', id: 'p' }, hour), []],
    ['not the system’s', standing, changed({ kind: 'system' }, hour), []],
    [
      'only the fields nobody has spoken of since (G3)',
      { ...standing, givenName: { ...standing.givenName, [byPerson]: said('later', 3) } },
      changed(games, hour),
      ['city'],
    ],
    ['nothing once the company’s word was dropped', {}, changed(games, hour), []],
  ] as [string, Fields, RecordedChange, DetailName[]][])
    it(title, () => assert.deepEqual(undoableFields({ fields }, change, now), expected))
})
