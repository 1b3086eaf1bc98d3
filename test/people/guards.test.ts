import assert from 'node:assert/strict'
import { hour } from '../../src/lib/clock.ts'
import { isAppError } from '../../src/lib/errors.ts'
import {
  type Actor,
  ageAt,
  assertBirthDateChange,
  birthDateRest,
  isUnderAge,
  type RecordedChange,
  restoredBy,
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
  const born = (current: string | null | undefined, correctedAt?: number) => ({ current, correctedAt })
  const attempt = (person: ReturnType<typeof born>, wanted: string | null) => () =>
    assertBirthDateChange(person, wanted, { minimumAge: 16, at: now })

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
  const ada: Actor = { kind: 'person', id: 'p' }
  const name = (actor: Actor, ago: number, before: string, after: string, op = 'theirs'): RecordedChange => ({
    kind: 'details-changed',
    op,
    at: now - ago,
    actor,
    changes: { givenName: { before, after } },
  })
  const theirs = (actor: Actor, ago: number) => name(actor, ago, 'Ada', 'Eva')
  const dropped = (before: string, after: string): RecordedChange => ({
    ...name(ada, 1, before, after, 'unlinked'),
    kind: 'source-dropped',
  })
  const chosen = { ...name(ada, 2 * hour, 'x', 'x', 'preview'), changes: {}, confirmed: ['givenName' as const] }

  for (const [title, history, stands, expected] of [
    ['a company’s, in force', [theirs(games, hour)], 'Eva', 'Ada'],
    ['its support’s, in force', [theirs(agent, hour)], 'Eva', 'Ada'],
    ['to the end of 72 hours', [theirs(games, undoWithin)], 'Eva', 'Ada'],
    ['not a moment later', [theirs(games, undoWithin + 1)], 'Eva', undefined],
    ['not the person’s own', [theirs(ada, hour)], 'Eva', undefined],
    ['not the system’s', [theirs({ kind: 'system' }, hour)], 'Eva', undefined],
    [
      'not what they have spoken of since (G3)',
      [theirs(games, 2), name(ada, 1, 'Eva', 'Mine', 'm')],
      'Mine',
      undefined,
    ],
    ['nothing once the company’s word was dropped', [theirs(games, 2), dropped('Eva', 'Ada')], 'Ada', undefined],
    ['nothing that stands as nobody said here', [theirs(games, 2)], 'Another', undefined],
    [
      'H18: of two, what stood before the first',
      [name(games, 9, 'Ada', 'X', 'first'), name(games, 8, 'X', 'Eva')],
      'Eva',
      'Ada',
    ],
    [
      'H18: of two, by the letter about the first',
      [theirs(games, 9), name(agent, 8, 'Eva', 'Y', 'second')],
      'Y',
      'Ada',
    ],
    [
      'H18: what they last said, between two',
      [name(games, 9, 'Ada', 'X', 'a'), name(ada, 8, 'X', 'Mine', 'm'), name(games, 7, 'Mine', 'Eva')],
      'Eva',
      'Mine',
    ],
    [
      'H18: what they let stand for 72 hours',
      [name(games, undoWithin + 1, 'Ada', 'X', 'a'), name(games, 7, 'X', 'Eva')],
      'Eva',
      'X',
    ],
    [
      'H18: a company’s value that they chose in a preview',
      [name(games, 3 * hour, 'Ada', 'X', 'a'), chosen, name(agent, hour, 'X', 'Eva')],
      'Eva',
      'X',
    ],
    [
      'H18: past the word of a company whose link has ended',
      [name(games, 9, 'Ada', 'X', 'a'), name(agent, 8, 'X', 'Y', 'b'), dropped('Y', 'X'), name(games, 7, 'X', 'Eva')],
      'Eva',
      'Ada',
    ],
  ] as [string, RecordedChange[], string, string | undefined][])
    it(title, () =>
      assert.deepEqual(
        restoredBy({ ops: ['theirs'], history }, () => stands, now),
        expected === undefined ? {} : { givenName: expected },
      ),
    )
})
