import { z } from 'zod'
import { type DetailName, detailLengths, detailNames, normalizeEmail } from '../details/index.ts'
import { exceeds } from '../lib/composed.ts'
import { isAppError } from '../lib/errors.ts'

/**
 * What a row of a table may ask for. Each text is measured before anything touches it (H3): the rest of a field's schema
 * is not run on what is longer than the field holds, in whatever spelling. A form's own variant of a schema takes what
 * browsers leave out: an absent text is empty, an absent box is not ticked.
 */
const measured = (most: number, code = 'too-long') =>
  z.string().check((asked) => {
    const { value: input } = asked
    if (exceeds(input, most)) asked.issues.push({ code: 'custom', input, params: { code, most }, continue: false })
  })

/** A field of a form; empty where it was not sent. `most` is in characters. */
export const text = (most: number, code?: string) => measured(most, code).default('')

/** A field of a form; undefined where it was not sent. */
export const maybe = (most: number, code?: string) => measured(most, code).optional()

/** A box of a form. Ticked it is sent as `on`, else not at all. */
export const ticked = () => maybe(10).transform((sent) => sent === 'on')

/** One of a few; the first where it was not sent. Another is refused: it would be taken for what nobody chose. */
export const oneOf = <const Choices extends readonly [string, ...string[]]>(choices: Choices) =>
  z.enum(choices).default(() => choices[0] as never)

/** A text in the form that a rule brings it into. The rule refuses by an AppError `invalid`, told at this field. */
export const normal = <Read>(most: number, rule: (text: string) => Read, code?: string) =>
  text(most, code).transform((written, asked) => {
    try {
      return rule(written)
    } catch (error) {
      if (!isAppError(error) || error.kind !== 'invalid') throw error
      asked.issues.push({ code: 'custom', input: written, params: { ...error.values, code: error.code } })
      return z.NEVER
    }
  })

/** An address in its one spelling. */
export const address = () => normal(254, (written) => normalizeEmail(written.trim()))

/** Any 256 characters; a longer one is no password of anybody's. */
export const password = () => text(256, 'password-long')

/** The basic details, each as long as it may be; which of them are asked for, and their normal form, is the page's. */
export const details = <Prefix extends string = ''>(prefix = '' as Prefix) =>
  Object.fromEntries(detailNames.map((name) => [prefix + name, maybe(detailLengths[name])])) as Record<
    `${Prefix}${DetailName}`,
    ReturnType<typeof maybe>
  >

/** The same as their owner writes them, with what their page asks beside: one name only, this postal code for sure (U13). */
export const detailFields = () => ({
  ...details(),
  onlyOneName: maybe(10),
  'sure.postalCode': maybe(detailLengths.postalCode),
})

/** The fields of a form; whatever else was sent is not read. */
export const form = <Fields extends z.ZodRawShape>(fields: Fields) => z.object(fields)

/** The same, and every field whose name begins with one of `prefixes`: those that a company's configuration names. */
export const openForm = <Fields extends z.ZodRawShape>(fields: Fields, prefixes: readonly string[], most: number) => {
  const belongs = (name: string) => name in fields || prefixes.some((prefix) => name.startsWith(prefix))
  return z.preprocess(
    (sent) => Object.fromEntries(Object.entries(sent as object).filter(([name]) => belongs(name))),
    z.object(fields).catchall(measured(most)),
  )
}

/** What stands in an address after `?`; what is no such value is as if it were not there. */
export const word = (most: number) => z.string().max(most).optional().catch(undefined)

/** Whether a name stands in an address after `?`, with any value. */
export const flag = () =>
  z
    .any()
    .transform((sent) => sent !== undefined)
    .default(false)

/** A part of a path. What is longer than any that leads somewhere leads nowhere. */
export const segment = (most = 100) => z.string().max(most)
