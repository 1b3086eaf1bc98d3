import { AppError } from './errors.ts'

interface Measure {
  /** Characters that its field holds. */
  most: number
  form?: 'NFC' | 'NFKC'
  /** Where it was written, for whoever is told. */
  field?: string
}

/** A character may be written in several units: a letter and its marks, a pair of surrogates. */
const unitsPerCharacter = 4

/** Whether a text is longer than its field could hold in any spelling: it is not looked at any further. */
export const exceeds = (text: string, most: number): boolean => text.length > unitsPerCharacter * most

/**
 * Text from outside in one spelling of what looks the same (UAX #15): the only place that composes. Measured before it
 * is touched (H3), since composing takes the square of a long run of marks. AppError `too-long` (invalid) with `most`.
 */
export const composed = (text: string, { most, form = 'NFC', field }: Measure): string => {
  if (exceeds(text, most)) throw new AppError('invalid', 'too-long', { values: { most, ...(field && { field }) } })
  return text.normalize(form)
}
