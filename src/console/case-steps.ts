import { problemsOf, seeOther } from '../http/index.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import type { Staff } from '../staff/index.ts'
import { type Act, acts } from '../support/index.ts'
import { detailsIn, evidenceOf, guardedIn, textOf } from './case-forms.ts'
import { idOf, pathOf, type ShowCase } from './case-page.ts'
import type { ConsoleDeps, ConsoleRouter } from './console-deps.ts'
import type { StaffGuard } from './staff-guard.ts'

interface Step {
  staff: Staff
  id: string
  form: Record<string, string>
}

/** What is done in a case, each step at an address of its own; who may do it is the use case's to decide. */
export const addCaseSteps = (
  router: ConsoleRouter,
  door: StaffGuard,
  showCase: ShowCase,
  { support }: Pick<ConsoleDeps, 'support'>,
): void => {
  const { openCase, proveCaller, corrections, actOnAccount, resendCode } = support

  /** `told`: the notice that the case then opens with. What is wrong with the form is shown in the case. */
  const inCase = {
    post: <T>(path: string, carryOut: (step: Step) => Promise<T>, told: string | ((made: T) => string) = '') =>
      router.post(
        path,
        door.staffOnly('case', async (ctx, staff) => {
          const [id, form] = [idOf(ctx), await door.fields(ctx)]
          try {
            const made = await carryOut({ staff, id, form })
            const done = typeof told === 'string' ? told : told(made)
            seeOther(ctx, `${pathOf(id)}${done && `?done=${done}`}`)
          } catch (error) {
            const problems = problemsOf(error) ?? conflictOf(error)
            if (!problems) throw error
            const status = isAppError(error) && error.kind === 'forbidden' ? 403 : 400
            await showCase(ctx, staff, { problems, raw: form }, status)
          }
        }),
      ),
  }

  inCase.post(
    '/console/cases/:id/find',
    ({ staff, id, form }) => openCase.find(staff, id, textOf(form.query, 'query', 300)),
    (outcome) => (outcome === 'found' ? '' : outcome),
  )
  inCase.post(
    '/console/cases/:id/first-code',
    ({ staff, id, form }) => resendCode.toNewcomer(staff, id, form.email ?? ''),
    'first-code',
  )
  inCase.post('/console/cases/:id/close', ({ staff, id }) => openCase.close(staff, id))

  inCase.post('/console/cases/:id/send-code', ({ staff, id }) => proveCaller.sendCode(staff, id), 'code-sent')
  inCase.post('/console/cases/:id/code', ({ staff, id, form }) => proveCaller.checkCode(staff, id, form.code ?? ''))
  inCase.post(
    '/console/cases/:id/ask-approval',
    ({ staff, id }) => proveCaller.askApproval(staff, id),
    'approval-asked',
  )
  inCase.post(
    '/console/cases/:id/papers',
    async ({ staff, id, form }) => proveCaller.notePapers(staff, id, evidenceOf(form)),
    'papers-noted',
  )
  inCase.post('/console/cases/:id/agree-papers', ({ staff, id }) => proveCaller.agreeToPapers(staff, id))
  inCase.post(
    '/console/cases/:id/ask-services',
    ({ staff, id }) => proveCaller.askForServices(staff, id),
    'services-asked',
  )

  inCase.post(
    '/console/cases/:id/correct',
    ({ staff, id, form }) => corrections.correct(staff, id, detailsIn(form, ''), detailsIn(form, 'shown.')),
    (changed) => (changed.length > 0 ? 'saved' : ''),
  )
  inCase.post(
    '/console/cases/:id/guarded',
    async ({ staff, id, form }) => corrections.proposeGuarded(staff, id, guardedIn(form)),
    'guarded-proposed',
  )
  inCase.post('/console/cases/:id/agree', ({ staff, id }) => corrections.agreeToGuarded(staff, id), 'saved')

  inCase.post(
    '/console/cases/:id/act',
    async ({ staff, id, form }) => {
      const act = acts.find((each): each is Act => each === form.act)
      if (!act) throw new AppError('invalid', 'invalid-value', { values: { field: 'act' } })
      await actOnAccount.act(staff, id, act, form.newAddress ?? form.device ?? '')
      return act
    },
    (act) => act,
  )
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
