import type { Group } from '../services/index.ts'
import type { AnswerApproval } from '../support/index.ts'
import { leadTo } from './door.ts'
import type { PortalExtension, PortalTools, Signed } from './portal-tools.ts'

export interface SupportApprovalsDeps {
  approvals: AnswerApproval
  group: Group
  wakePerson: (person: string) => void
}

/** What support asks of a person, at the top of Security: approved or declined here and nowhere else (S4-9). */
export const supportApprovals =
  ({ approvals, group, wakePerson }: SupportApprovalsDeps) =>
  (tools: PortalTools): PortalExtension => {
    const principalOf = ({ principal }: Signed): string =>
      principal.kind === 'person' ? `person:${principal.person}` : `account:${principal.account}`
    const nameOf = (company: string) => group.companies.get(company)?.name ?? company

    return {
      entry: 'security',
      section: async (_ctx, signed) => {
        const principal = principalOf(signed)
        const [waiting, standing] = await Promise.all([approvals.waitingFor(principal), approvals.standing(principal)])
        const asked = waiting.map(({ _id, company, ask, askedAt }) => ({
          id: _id,
          company: nameOf(company),
          what: ask.what,
          field: ask.what === 'guarded' ? ask.field : null,
          value: ask.what === 'guarded' ? ask.value : null,
          askedAt,
        }))
        return { view: 'portal/approvals', data: { asked, standing, isPerson: signed.person !== undefined } }
      },
      routes: (router) => {
        // Unlinking and a guarded detail need fresh proof; the others change nothing but what support may see.
        router.post(
          '/account/security/approve',
          tools.submitted(async (ctx, signed, form) => {
            const principal = principalOf(signed)
            const approval = (await approvals.waitingFor(principal)).find(({ _id }) => _id === form.approval)
            const matters = approval?.ask.what === 'unlink' || approval?.ask.what === 'guarded'
            if (matters && !(await tools.isProven(ctx, signed, form))) return
            await approvals.approve(principal, form.approval ?? '')
            if (signed.person) wakePerson(signed.person._id)
            leadTo(ctx, 'security')
          }),
        )
        router.post(
          '/account/security/decline',
          tools.submitted(async (ctx, signed, form) => {
            await approvals.decline(principalOf(signed), form.approval ?? '')
            leadTo(ctx, 'security')
          }),
        )
        router.post(
          '/account/security/support-choice',
          tools.submitted(async (ctx, signed, form) => {
            await approvals.chooseStanding(principalOf(signed), form.standing === 'on')
            leadTo(ctx, 'security')
          }),
        )
        router.post(
          '/account/security/object',
          tools.submitted(async (ctx, signed, form) => {
            const { company = '', case: name = '' } = form
            if (group.companies.has(company))
              await approvals.object(principalOf(signed), { company, case: name.slice(0, 60) })
            leadTo(ctx, 'security', 'objected')
          }),
        )
      },
    }
  }
