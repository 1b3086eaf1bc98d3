import { z } from 'zod'
import { fields, type Route, seeOther } from '../http/index.ts'
import type { Staff } from '../staff/index.ts'
import { nameOf, requesters } from '../support/index.ts'
import { caseForms, caseParams } from './case-forms.ts'
import { createShowCase, pathOf } from './case-page.ts'
import { caseSteps, refused } from './case-steps.ts'
import { type ConsoleContext, type ConsoleDeps, row } from './console-deps.ts'
import type { StaffGuard } from './staff-guard.ts'

/** Cases: opened with a number or a reason, one field to find the account, and what each level then shows and lets do. */
export const caseRoutes = (guard: StaffGuard, deps: ConsoleDeps): Route[] => {
  const { openCase } = deps.support
  const showCase = createShowCase(guard, deps)

  const showList = async (ctx: ConsoleContext, staff: Staff, more: object = {}, status = 200) => {
    const open = (await openCase.openOf(staff)).map((each) => ({
      href: pathOf(each._id),
      name: nameOf(each),
      reason: each.reason,
      openedAt: each.openedAt,
      agent: each.agent,
    }))
    guard.show(ctx, staff, 'cases', 'console/cases', { open, requesters, ...more }, status)
  }

  return [
    row({ method: 'GET', path: '/console/cases', right: 'case', handler: (ctx, staff) => showList(ctx, staff) }),
    row({
      method: 'POST',
      path: '/console/cases',
      right: 'case',
      form: caseForms.opening,
      handler: async (ctx, staff, { form }) => seeOther(ctx, pathOf((await openCase.open(staff, form))._id)),
      again: showList,
    }),
    row({
      method: 'GET',
      path: '/console/cases/:id',
      right: 'case',
      params: caseParams,
      query: z.object({ done: fields.word(30) }),
      handler: (ctx, staff, { params: { id }, query: { done = '' } }) =>
        showCase(ctx, staff, id, { done: /^[a-z-]+$/.test(done) ? done : null }),
    }),
    row({
      method: 'POST',
      path: '/console/cases/:id/again',
      right: 'case',
      params: caseParams,
      form: caseForms.nothing,
      handler: async (ctx, staff, { params: { id } }) => seeOther(ctx, pathOf(await openCase.openAgain(staff, id))),
      refusal: refused,
      again: (ctx, staff, { params, ...more }, status) => showCase(ctx, staff, params.id, more, status),
    }),
    ...caseSteps(showCase, deps),
  ]
}
