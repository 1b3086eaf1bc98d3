import type { z } from 'zod'
import { isAppError } from '../lib/errors.ts'
import type { WordValues } from './page-context.ts'

/** What is wrong with a form, by field; each is shown as `errors.<code>`. The field `form` is the form as a whole. */
export type Problems = Record<string, Problem>
export interface Problem {
  code: string
  values?: WordValues
}

/** Codes that belong to a field though the rule that refused knows no form. */
const fieldOfCode: Record<string, string> = {
  'code-wrong': 'code',
  'code-expired': 'code',
  'address-taken': 'email',
  'password-short': 'password',
  'password-weak': 'password',
  'password-long': 'password',
  'password-wrong': 'password',
}

/** The problem that a refusal is in a form, or undefined when the refusal is no matter of what was filled in. */
export const problemsOf = (error: unknown): Problems | undefined => {
  if (!isAppError(error)) return undefined
  const field = error.values.field ?? fieldOfCode[error.code]
  const shown = error.kind === 'invalid' || error.kind === 'conflict' || error.code in fieldOfCode
  if (!shown || typeof field !== 'string') return undefined
  return { [field]: { code: error.code, values: error.values } }
}

/** A schema's own message is taken as the code when it has the form of one (`z.string().min(1, 'name-missing')`). */
export const problemsOfSchema = (issues: readonly z.core.$ZodIssue[], raw: Record<string, string>): Problems => {
  const problems: Problems = {}
  for (const issue of issues) {
    const field = String(issue.path[0] ?? 'form')
    problems[field] ??= problemOf(issue, raw[field])
  }
  return problems
}

const problemOf = (issue: z.core.$ZodIssue, sent: string | undefined): Problem => {
  if (/^[a-z]+(-[a-z]+)+$/.test(issue.message)) return { code: issue.message }
  if (sent === undefined || sent.trim() === '') return { code: 'required' }
  if (issue.code === 'too_big') return { code: 'too-long', values: { most: Number(issue.maximum) } }
  return { code: 'invalid-value' }
}
