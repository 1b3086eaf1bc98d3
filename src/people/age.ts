/**
 * Whole years lived, on the calendar of UTC+14, where each day begins first: nobody is kept out on their birthday
 * anywhere on earth. `birthDate` is ISO (`YYYY-MM-DD`), `at` milliseconds since 1970.
 */
export const ageAt = (birthDate: string, at: number): number => {
  const today = new Date(at + 14 * 60 * 60 * 1000).toISOString().slice(0, 10)
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4))
  return today.slice(5) >= birthDate.slice(5) ? years : years - 1
}

/** True when this person may not have an account where `minimumAge` is asked (S11). */
export const isUnderAge = (birthDate: string, minimumAge: number, at: number): boolean =>
  ageAt(birthDate, at) < minimumAge
