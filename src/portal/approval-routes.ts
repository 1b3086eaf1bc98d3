import { principalKey } from '../accounts/index.ts'
import type { Company } from '../companies/index.ts'
import { fields, type Route, seeOther } from '../http/index.ts'
import { AppError } from '../lib/errors.ts'
import type { Approval } from '../support/index.ts'
import type { PortalDeps } from './portal-deps.ts'
import { type Form, type PortalContext, row, type Signed } from './portal-tools.ts'
import { leadTo } from './session-guard.ts'

/** What support asks, in words of the page: which company, in which case, and for what. */
export const showApproval = (
  { _id, company, case: name, ask, askedAt }: Approval,
  companies: ReadonlyMap<string, Company>,
) => ({
  id: _id,
  company: companies.get(company)?.name ?? company,
  case: name,
  what: ask.what,
  field: ask.what === 'guarded' ? ask.field : '',
  value: ask.what === 'guarded' ? ask.value : ask.what === 'address' ? ask.address : '',
  askedBy: ask.what === 'caller' ? ask.askedBy : '',
  askedAt,
})

type ApprovalDeps = Pick<PortalDeps, 'approvals' | 'config' | 'enqueue'> & {
  beginAddressChange: (ctx: PortalContext, signed: Signed, email: string) => Promise<void>
}

/**
 * Support of a company asks, the person answers on their own signed-in page (T15): being called by somebody is proof of
 * nothing. What gives something away needs the password anew; declining and objecting never do.
 */
export const approvalRoutes = (deps: ApprovalDeps): Route[] => {
  const { approvals, config, enqueue, beginAddressChange } = deps

  const approve = async (ctx: PortalContext, signed: Signed, form: Form): Promise<void> => {
    const { id } = signed.principal
    const { ask, state } = await approvals.approve(principalKey(id), form.approval ?? '')
    // Pressed twice, its code is on its way already.
    if (ask.what === 'address' && state === 'approved') return seeOther(ctx, '/account/details/address')
    if (ask.what === 'address') return beginAddressChange(ctx, signed, ask.address)
    enqueue(id)
    leadTo(ctx, 'security', 'approved')
  }

  const decline = async (ctx: PortalContext, { principal }: Signed, form: Form): Promise<void> => {
    await approvals.decline(principalKey(principal.id), form.approval ?? '')
    leadTo(ctx, 'security', 'declined')
  }

  const object = async (ctx: PortalContext, { principal }: Signed, form: Form): Promise<void> => {
    const { company = '', case: name = '' } = form
    if (!config.group.companies.has(company) || name.length > 100) throw new AppError('not-found', 'not-found')
    await approvals.object(principalKey(principal.id), { company, case: name })
    leadTo(ctx, 'security', 'objected')
  }

  const choose = async (ctx: PortalContext, { principal }: Signed, form: Form): Promise<void> => {
    await approvals.setStandingApproval(principalKey(principal.id), form.standing === 'on')
    leadTo(ctx, 'security', 'choice')
  }

  return [
    row({
      method: 'POST',
      path: '/account/security/approve',
      right: 'proven anew',
      form: fields.form({ approval: fields.text(200) }),
      handler: (ctx, signed, { form }) => approve(ctx, signed, form),
    }),
    row({
      method: 'POST',
      path: '/account/security/decline',
      right: 'signed in',
      form: fields.form({ approval: fields.text(200) }),
      handler: (ctx, signed, { form }) => decline(ctx, signed, form),
    }),
    row({
      method: 'POST',
      path: '/account/security/object',
      right: 'signed in',
      form: fields.form({ company: fields.text(100), case: fields.text(100) }),
      handler: (ctx, signed, { form }) => object(ctx, signed, form),
    }),
    row({
      method: 'POST',
      path: '/account/security/support-choice',
      right: 'proven anew',
      form: fields.form({ standing: fields.maybe(10) }),
      handler: (ctx, signed, { form }) => choose(ctx, signed, form),
    }),
  ]
}
