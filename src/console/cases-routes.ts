import { problemsOf, seeOther } from '../http/index.ts'
import type { Staff } from '../staff/index.ts'
import { nameOf, requesters } from '../support/index.ts'
import { askerOf, longestText, textOf } from './case-forms.ts'
import { createShowCase, pathOf } from './case-page.ts'
import { addCaseSteps } from './case-steps.ts'
import type { ConsoleContext, ConsoleDeps, ConsoleRouter } from './console-deps.ts'
import type { StaffGuard } from './staff-guard.ts'

/** Cases: opened with a number or a reason, one field to find the account, and what each level then shows and lets do. */
export const addCases = (router: ConsoleRouter, door: StaffGuard, deps: ConsoleDeps): void => {
  const { openCase } = deps.support
  const showCase = createShowCase(door, deps)

  const showList = async (ctx: ConsoleContext, staff: Staff, more: Record<string, unknown> = {}, status = 200) => {
    const open = (await openCase.openOf(staff)).map((each) => ({
      href: pathOf(each._id),
      name: nameOf(each),
      reason: each.reason,
      openedAt: each.openedAt,
      agent: each.agent,
    }))
    door.show(ctx, staff, 'cases', 'console/cases', { open, requesters, ...more }, status)
  }

  router.get('/console/cases', door.staffOnly('case', showList))
  router.post(
    '/console/cases',
    door.staffOnly('case', async (ctx, staff) => {
      const raw = await door.fields(ctx)
      try {
        const asked = {
          reference: textOf(raw.reference, 'reference', 60),
          reason: textOf(raw.reason, 'reason', longestText),
          askedBy: askerOf(raw.askedBy),
        }
        seeOther(ctx, pathOf((await openCase.open(staff, asked))._id))
      } catch (error) {
        const problems = problemsOf(error)
        if (!problems) throw error
        await showList(ctx, staff, { problems, raw }, 400)
      }
    }),
  )

  router.get('/console/cases/:id', door.staffOnly('case', showCase))
  addCaseSteps(router, door, showCase, deps)
}
