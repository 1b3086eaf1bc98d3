import type { Account } from '../accounts/index.ts'
import { type Company, policyInForce, showController } from '../companies/index.ts'
import { detailsOfClaims, namedDetails } from '../details/index.ts'
import { clientNetwork, cookieName, fields, InvalidForm, type Route, seeOther } from '../http/index.ts'
import { hour } from '../lib/clock.ts'
import type { ProvenSides } from '../links/index.ts'
import type { PersonId } from '../people/index.ts'
import { codeOf, handleIn, waitingIn } from './code-page.ts'
import type { PortalDeps } from './portal-deps.ts'
import { type AtCompany, agreed, atCompany, code, linkPath, nothing, sent } from './portal-fields.ts'
import { type Form, type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { leadTo } from './session-guard.ts'
import { personIn } from './visible-accounts.ts'

type LeftDeps = Pick<PortalDeps, 'config' | 'links' | 'linkExisting' | 'proveByCode' | 'limits'>

/** What `link-another-routes.ts` lends: whose turn it is at a company, the page after a proof, and the age gate. */
interface Linking {
  unlinkedCompany: (signed: Signed, id: string) => Promise<Company>
  toPreview: (ctx: PortalContext, sides: { person: PersonId; account: Account; proven: ProvenSides }) => Promise<void>
  orTooYoung: <Done>(
    ctx: PortalContext,
    signed: Signed,
    company: Company,
    act: () => Promise<Done>,
  ) => Promise<Done | undefined>
}

/**
 * An account that its person left, linked again from the account pages (U2): taken up again where nobody has had a way
 * in since, else proven by a code to its own address, as any account may be whose password is lost.
 */
export const linkLeftRoutes = (tools: PortalTools, deps: LeftDeps, linking: Linking) => {
  const { config, links, linkExisting, proveByCode } = deps
  const { unlinkedCompany, toPreview, orTooYoung } = linking
  const cookie = cookieName(config, 'link-code')

  const show = (
    ctx: PortalContext,
    signed: Signed,
    company: Company,
    view: string,
    data: Record<string, unknown>,
    status = 200,
  ) => {
    const controller = showController(company, ctx.page.language, signed.principal.country)
    tools.show(ctx, signed, 'services', view, { controller, ...data }, status)
  }

  const showAgain = (ctx: PortalContext, signed: Signed, company: Company, more = {}, status = 200) => {
    const receives = detailsOfClaims(company.release.receives)
    const data = { receives, policyVersion: policyInForce(company).version, ...more }
    show(ctx, signed, company, 'portal/link-again', data, status)
  }

  const takeUpAgain = async (
    ctx: PortalContext,
    signed: Signed,
    { params, form }: AtCompany & { form: Form },
  ): Promise<void> => {
    const company = await unlinkedCompany(signed, params.company)
    const asked = { company, policyVersion: form.policyVersion, shown: namedDetails(form.shown ?? '') }
    const linked = await orTooYoung(ctx, signed, company, () =>
      linkExisting.takeUpAgain(personIn(signed, 'no-such-company'), asked),
    )
    if (linked === undefined) return
    if (!linked) throw new InvalidForm({ form: { code: 'link-page-stale' } })
    leadTo(ctx, 'services', 'linked', company.id)
  }

  const showByCode = async (
    ctx: PortalContext,
    signed: Signed,
    { params, ...more }: AtCompany,
    status = 200,
  ): Promise<void> => {
    const company = await unlinkedCompany(signed, params.company)
    const person = personIn(signed, 'no-such-company')
    const there = await links.alreadyThere(person, company.id)
    const before = await waitingIn(ctx, cookie, (handle) => proveByCode.filledIn(handle, person, company.id))
    const address = before ?? there?.account.left?.formerAddress ?? ''
    show(ctx, signed, company, 'portal/link-by-code', { address, ...more }, status)
  }

  const sendCode = async (
    ctx: PortalContext,
    signed: Signed,
    { params, form: { email } }: AtCompany & { form: { email: string } },
  ): Promise<void> => {
    const company = await unlinkedCompany(signed, params.company)
    const { language } = ctx.page
    const person = personIn(signed, 'no-such-company')
    const handle = await proveByCode.begin({ person, company, email, language })
    ctx.cookies.set(cookie, handle, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: hour })
    seeOther(ctx, `${linkPath(company)}/by-code/code`)
  }

  const showCode = async (
    ctx: PortalContext,
    signed: Signed,
    { params, sent = false, ...more }: AtCompany & { sent?: boolean; problems?: object },
    status = 200,
  ): Promise<void> => {
    const company = await unlinkedCompany(signed, params.company)
    const path = `${linkPath(company)}/by-code/code`
    const code = await codeOf(ctx, cookie, { path, waiting: proveByCode.waiting, sent })
    const correct = { href: `${linkPath(company)}/by-code`, label: ctx.page.t('layout.code.other-address') }
    show(ctx, signed, company, 'portal/link-code', { code, correct, back: '/account/services', ...more }, status)
  }

  const sendAgain = async (ctx: PortalContext, signed: Signed, { params }: AtCompany): Promise<void> => {
    const company = await unlinkedCompany(signed, params.company)
    await proveByCode.sendAgain(handleIn(ctx, cookie), ctx.page.language)
    seeOther(ctx, `${linkPath(company)}/by-code/code?sent`)
  }

  const proveCode = async (
    ctx: PortalContext,
    signed: Signed,
    { params, form: { code } }: AtCompany & { form: { code: string } },
  ): Promise<void> => {
    const company = await unlinkedCompany(signed, params.company)
    const person = personIn(signed, 'no-such-company')
    const caller = { network: clientNetwork(ctx) }
    const sides = await proveByCode.prove(handleIn(ctx, cookie), code, person, company.id, caller)
    ctx.cookies.set(cookie, null, { path: '/' })
    await toPreview(ctx, { person, ...sides })
  }

  const table: Route[] = [
    row({
      method: 'GET',
      path: '/account/services/link/:company/by-code',
      right: 'signed in',
      params: atCompany,
      handler: (ctx, signed, { params }) => showByCode(ctx, signed, { params }),
    }),
    row({
      method: 'POST',
      path: '/account/services/link/:company/by-code',
      right: 'proven anew',
      params: atCompany,
      form: fields.form({ email: fields.address() }),
      limit: 'code-sent-network',
      handler: sendCode,
      again: showByCode,
    }),
    row({
      method: 'GET',
      path: '/account/services/link/:company/by-code/code',
      right: 'signed in',
      params: atCompany,
      query: sent,
      handler: (ctx, signed, { params, query }) => showCode(ctx, signed, { params, ...query }),
    }),
    row({
      method: 'POST',
      path: '/account/services/link/:company/by-code/code',
      right: 'proven anew',
      params: atCompany,
      form: code,
      handler: proveCode,
      again: showCode,
    }),
    row({
      method: 'POST',
      path: '/account/services/link/:company/by-code/code/send-again',
      right: 'signed in',
      params: atCompany,
      form: nothing,
      limit: 'code-sent-network',
      handler: sendAgain,
      again: showCode,
    }),
    row({
      method: 'POST',
      path: '/account/services/link/:company/again',
      right: 'proven anew',
      params: atCompany,
      form: fields.form(agreed),
      handler: takeUpAgain,
      again: async (ctx, signed, { params, ...more }, status) =>
        showAgain(ctx, signed, await unlinkedCompany(signed, params.company), more, status),
    }),
  ]
  return {
    table,

    /** True when the page is answered: what they left there says how it goes on. */
    shows: async (ctx: PortalContext, signed: Signed, company: Company): Promise<boolean> => {
      const there = await links.alreadyThere(personIn(signed, 'no-such-company'), company.id)
      if (there?.how === 'again') showAgain(ctx, signed, company)
      else if (there && !there.account.signIn) seeOther(ctx, `${linkPath(company)}/by-code`)
      else return false
      return true
    },
  }
}
