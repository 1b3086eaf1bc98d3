import { now } from '../lib/clock.ts'
import {
  assertOwnBirthDate,
  byPerson,
  changeDetails,
  type DetailChange,
  detailsOf,
  type PeopleStore,
  type Person,
} from '../people/index.ts'

/** A person changes their own details (S4-3); a birth date only as far as its guard goes (S11, T17). */
export const changeOwnDetails = async (
  people: PeopleStore,
  id: string,
  changes: readonly DetailChange[],
  { minimumAge }: { minimumAge: number },
): Promise<Person> => {
  const at = now()
  const birthDate = changes.find(({ field }) => field === 'birthDate')
  const standing = birthDate && (await people.get(id))
  const corrects = standing && detailsOf(standing).birthDate
  const { person } = await changeDetails(people, id, {
    source: byPerson,
    actor: { kind: 'person', id },
    changes,
    ...(corrects && { alongside: { birthDateCorrectedAt: at } }),
    guard: (seen, fields) => {
      if (!birthDate || !fields.includes('birthDate')) return
      const { birthDateCorrectedAt: correctedAt } = seen
      assertOwnBirthDate({ standing: detailsOf(seen).birthDate, correctedAt }, birthDate.value, { minimumAge, at })
    },
  })
  return person
}
