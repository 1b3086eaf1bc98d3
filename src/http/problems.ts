import type { WordValues } from '../i18n/index.ts'
import { AppError, isAppError } from '../lib/errors.ts'

/** What is wrong with a form, by field; each is shown as `errors.<code>`. The field `form` is the form as a whole. */
export type Problems = Record<string, Problem>
interface Problem {
  code: string
  values?: WordValues
}

/** In the order in which the browser sent the fields, which is that of the page, whatever the rule's; what was not sent comes last. */
export const asSent = (problems: Problems, sent: object): Problems => {
  const fields = Object.keys(sent)
  const place = (field: string): number => (fields.includes(field) ? fields.indexOf(field) : fields.length)
  return Object.fromEntries(Object.entries(problems).sort(([one], [other]) => place(one) - place(other)))
}

/**
 * What a view writes into an element that the keyboard starts at: the first field that is wrong, else what is said of
 * the form as a whole, else where the page itself wants it. `data-focus` is for page.js, since a fragment in the
 * address keeps browsers from `autofocus`.
 */
export const startAt = (problems: Problems, field: string, isWanted?: boolean): string => {
  const wrong = Object.keys(problems)
  const first = wrong.find((each) => each !== 'form') ?? wrong[0]
  if (first === undefined) return isWanted ? 'autofocus' : ''
  return first === field ? 'autofocus data-focus' : ''
}

/**
 * Whether the sentence says by itself which field it is about: it has the field's name, be it inflected, and not as a
 * part of a longer word (名 is not in 名前).
 */
export const namesField = (sentence: string, label: string): boolean => {
  const around = sentence.toLowerCase().split(label.toLowerCase())
  return around.slice(1).some((after, i) => !endsInLetter.test(around[i] ?? '') && !goesOn.test(after))
}
const endsInLetter = /[\p{sc=Latin}\p{sc=Han}\p{sc=Katakana}ー]$/u
const goesOn = /^[\p{sc=Han}\p{sc=Katakana}ー]/u

/**
 * What the page can tell of these: a line that leads to a field which the page does not have, because its form was sent
 * where it does not stand (any more), is replaced by one that says so. The same object when every field is there.
 */
export const problemsOn = (html: string, problems: Problems): Problems => {
  // A part that is rendered alone has no fields around it.
  if (!html.includes('<main')) return problems
  const told = Object.entries(problems).filter(
    ([field]) => !html.includes(`href="#f-${field}"`) || html.includes(`id="f-${field}"`),
  )
  if (told.length === Object.keys(problems).length) return problems
  return { form: { code: 'form-not-here' }, ...Object.fromEntries(told) }
}

/** A form that is not as its row says, field by field. The first stands for it where no page tells them all. */
export class InvalidForm extends AppError {
  readonly problems: Problems
  constructor(problems: Problems) {
    const [[field, { code, values }] = ['form', { code: 'bad-request', values: {} }]] = Object.entries(problems)
    super('invalid', code, { values: { field, ...values } })
    this.problems = problems
  }
}

/** Codes that belong to a field though the rule that refused knows no form. */
const fieldOfCode: Record<string, string> = {
  'code-wrong': 'code',
  'code-expired': 'code',
  'code-overtaken': 'code',
  'code-malformed': 'code',
  'code-no-more': 'code',
  'address-taken': 'email',
  'password-short': 'password',
  'password-weak': 'password',
  'password-long': 'password',
  'password-wrong': 'password',
}

/** What a rule that refuses by throwing has to say of a form; nothing where it goes through. */
export const problemsBy = async (rule: () => Promise<unknown>): Promise<Problems> => {
  try {
    await rule()
    return {}
  } catch (error) {
    const problems = problemsOf(error)
    if (!problems) throw error
    return problems
  }
}

/** The problem that a refusal is in a form, or undefined when the refusal is no matter of what was filled in. */
export const problemsOf = (error: unknown): Problems | undefined => {
  if (error instanceof InvalidForm) return error.problems
  if (!isAppError(error)) return undefined
  const field = error.values.field ?? fieldOfCode[error.code]
  const shown = ['invalid', 'conflict', 'too-large'].includes(error.kind) || error.code in fieldOfCode
  if (!shown || typeof field !== 'string') return undefined
  return { [field]: { code: error.code, values: error.values } }
}
