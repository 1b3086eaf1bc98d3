import type { z } from 'zod'
import { problemsOf, type Refusal, type Route, seeOther } from '../http/index.ts'
import { isAppError } from '../lib/errors.ts'
import type { Staff } from '../staff/index.ts'
import { caseForms, caseParams, detailsIn, guardedIn } from './case-forms.ts'
import { pathOf, type ShowCase } from './case-page.ts'
import { type ConsoleDeps, row } from './console-deps.ts'

/** What is done in a case, each step at an address of its own; who may do it is the use case's to decide. */
export const caseSteps = (showCase: ShowCase, { support }: Pick<ConsoleDeps, 'support'>): Route[] => {
  const { openCase, proveCaller, corrections, actOnAccount, resendCode } = support

  /** `told`: the notice that the case then opens with. What is wrong with the form is shown in the case. */
  const step = <Form, Made>(
    name: string,
    form: z.ZodType<Form>,
    carryOut: (staff: Staff, id: string, form: Form) => Promise<Made>,
    notice: string | ((made: Made) => string) = '',
  ): Route =>
    row({
      method: 'POST',
      path: `/console/cases/:id/${name}`,
      right: 'case',
      params: caseParams,
      form,
      handler: async (ctx, staff, { params: { id }, form }) => {
        const made = await carryOut(staff, id, form)
        const done = typeof notice === 'string' ? notice : notice(made)
        seeOther(ctx, `${pathOf(id)}${done && `?done=${done}`}`)
      },
      refusal: refused,
      again: (ctx, staff, { params, ...more }, status) => showCase(ctx, staff, params.id, more, status),
    })

  return [
    step(
      'find',
      caseForms.find,
      (staff, id, { query }) => openCase.find(staff, id, query),
      (outcome) => (outcome === 'found' ? '' : outcome),
    ),
    step(
      'first-code',
      caseForms.email,
      (staff, id, { email }) => resendCode.toNewcomer(staff, id, email),
      'first-code',
    ),
    step('close', caseForms.nothing, openCase.close),

    step('send-code', caseForms.nothing, proveCaller.sendCode, 'code-sent'),
    step('code', caseForms.code, (staff, id, { code }) => proveCaller.checkCode(staff, id, code)),
    step('ask-approval', caseForms.nothing, proveCaller.askApproval, 'approval-asked'),
    step(
      'papers',
      caseForms.evidence,
      (staff, id, { evidence }) => proveCaller.notePapers(staff, id, evidence),
      'papers-noted',
    ),
    step('agree-papers', caseForms.nothing, proveCaller.agreeToPapers),
    step('ask-services', caseForms.nothing, proveCaller.askForServices, 'services-asked'),

    step(
      'correct',
      caseForms.details,
      (staff, id, form) => corrections.correct(staff, id, detailsIn(form, ''), detailsIn(form, 'shown.')),
      (changed) => (changed.length > 0 ? 'saved' : ''),
    ),
    step(
      'guarded',
      caseForms.guarded,
      async (staff, id, form) => corrections.proposeGuarded(staff, id, guardedIn(form)),
      'guarded-proposed',
    ),
    step('agree', caseForms.nothing, corrections.agreeToGuarded, 'saved'),

    step(
      'act',
      caseForms.act,
      async (staff, id, { act, newAddress, device }) => {
        await actOnAccount.act(staff, id, act, newAddress ?? device ?? '')
        return act
      },
      (act) => act,
    ),
  ]
}

/**
 * What stands against a step though nothing is wrong with its form: told in the case, not on an error page. Who has no
 * right to the step sees no case with it.
 */
const conflictOf = (error: unknown) =>
  isAppError(error) &&
  ['conflict', 'forbidden', 'gone', 'limited'].includes(error.kind) &&
  !error.code.startsWith('staff-')
    ? { form: { code: error.code, values: error.values } }
    : undefined

export const refused = (error: unknown): Refusal | undefined => {
  const problems = problemsOf(error) ?? conflictOf(error)
  return problems && { problems, status: isAppError(error) && error.kind === 'forbidden' ? 403 : 400 }
}
