import { type Account, asPerson } from '../accounts/index.ts'
import { askAt, type Company, showController } from '../companies/index.ts'
import {
  clientNetwork,
  cookieName,
  type Filled,
  fields,
  InvalidForm,
  type Problems,
  type Refusal,
  type Route,
  seeOther,
} from '../http/index.ts'
import { hour } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import type { PersonId } from '../people/index.ts'
import { mayOfferForLinking } from './access-rules.ts'
import { type CodeShown, codeOf, handleIn } from './code-page.ts'
import type { PortalDeps } from './portal-deps.ts'
import { type AtCompany, agreed, atCompany, code, linkPath, nothing, sent } from './portal-fields.ts'
import { type Form, type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { isFresh, leadTo, refused } from './session-guard.ts'
import { createVisibleAccounts } from './visible-accounts.ts'

type MakeUnifiedDeps = Pick<
  PortalDeps,
  'config' | 'accounts' | 'links' | 'makeUnified' | 'unifiedOffer' | 'limits' | 'trustedDevices' | 'oidc'
>

/** What `link-another-routes.ts` lends. */
interface Linking {
  declared: (id: string) => Company
  showProof: (ctx: PortalContext, signed: Signed, company: Company, more: object) => void
}

/** The separate account of whoever is signed in, and where they want to link: there, or at another company next. */
interface Asked {
  account: Account
  company: Company
  wanted: Company
}

/**
 * From a separate account: one click makes a unified sign-in of it (U4), by the use case that the sign-in has too. The
 * session is the new sign-in's from then on, and goes on to the company that was asked for.
 */
export const makeUnifiedRoutes = (tools: PortalTools, deps: MakeUnifiedDeps, linking: Linking) => {
  const { config, makeUnified, unifiedOffer, trustedDevices, oidc } = deps
  const visible = createVisibleAccounts(deps)
  const cookie = cookieName(config, 'link-code')

  const asked = async (signed: Signed, at: AtCompany['params']): Promise<Asked> => {
    const wanted = linking.declared(at.company)
    return { ...(await visible.at(signed, signed.principal.company ?? undefined, mayOfferForLinking)), wanted }
  }

  const show = async (
    ctx: PortalContext,
    signed: Signed,
    { account, company, wanted }: Asked,
    more: object = {},
    status = 200,
  ): Promise<void> => {
    const data = {
      offer: await unifiedOffer.shown(account, company),
      base: linkPath(wanted),
      company,
      controller: showController(company, ctx.page.language, signed.principal.country),
      onward: wanted.id === company.id ? '' : wanted.name,
      // Proven a moment ago, at another page: what was typed there is not known here.
      choosesPassword: isFresh(signed),
      ...more,
    }
    tools.show(ctx, signed, 'services', 'portal/offer', data, status)
  }

  const make = async (
    ctx: PortalContext,
    signed: Signed,
    { params, form, raw }: AtCompany & { form: Form; raw: Filled },
  ): Promise<void> => {
    const { account, company, wanted } = await asked(signed, params)
    const password = form.password || tools.passwordTypedIn(ctx, signed)
    const outcome = await unifiedOffer.accept({ account, company, form, password, browser: ctx.page.browser })
    if ('tooYoung' in outcome)
      return showAgain(ctx, signed, { params, problems: { form: tooYoungAt(company, outcome.tooYoung) }, raw }, 403)
    if ('problems' in outcome) throw new InvalidForm(outcome.problems)
    await goOnAs(ctx, outcome.made, account.signIn?.address ?? '')
    if (wanted.id === company.id) leadTo(ctx, 'services', 'made')
    else seeOther(ctx, `${linkPath(wanted)}?made`)
  }

  const showAgain = async (
    ctx: PortalContext,
    signed: Signed,
    { params, ...more }: AtCompany & { problems: Problems; raw: Filled },
    status: number,
  ): Promise<void> => show(ctx, signed, await asked(signed, params), { ...more, choosesPassword: true }, status)

  /** The session was the account's own and ended with its sign-in: the unified one takes over in this browser. */
  const goOnAs = async (
    ctx: PortalContext,
    { person, credentialEpoch }: { person: PersonId; credentialEpoch: number },
    address: string,
  ): Promise<void> => {
    const id = asPerson(person)
    await trustedDevices.trust(ctx, address, { ...id, epoch: credentialEpoch }, null)
    await oidc.begin(ctx, id, credentialEpoch)
  }

  // --- an address that was proven too long ago, or never here, is proven first (T10)

  const sendCode = async (ctx: PortalContext, signed: Signed, { params }: AtCompany): Promise<void> => {
    const { account, company, wanted } = await asked(signed, params)
    const handle = await makeUnified.beginAddress(account, company, ctx.page.language)
    ctx.cookies.set(cookie, handle, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: hour })
    seeOther(ctx, `${linkPath(wanted)}/address/code`)
  }

  const showCode = async (
    ctx: PortalContext,
    signed: Signed,
    { params, sent, problems = {} }: AtCompany & CodeShown,
    status = 200,
  ): Promise<void> => {
    const { company, wanted } = await asked(signed, params)
    const path = `${linkPath(wanted)}/address/code`
    const code = await codeOf(ctx, cookie, { path, waiting: makeUnified.waiting, sent })
    const controller = showController(company, ctx.page.language, signed.principal.country)
    const data = { controller, code, back: linkPath(wanted), correct: null, problems }
    tools.show(ctx, signed, 'services', 'portal/link-code', data, status)
  }

  const sendAgain = async (ctx: PortalContext, signed: Signed, { params }: AtCompany): Promise<void> => {
    const { wanted } = await asked(signed, params)
    await makeUnified.sendAgain(handleIn(ctx, cookie), ctx.page.language)
    seeOther(ctx, `${linkPath(wanted)}/address/code?sent`)
  }

  const proveAddress = async (
    ctx: PortalContext,
    signed: Signed,
    { params, form: { code } }: AtCompany & { form: { code: string } },
  ): Promise<void> => {
    const { account, wanted } = await asked(signed, params)
    const caller = { network: clientNetwork(ctx) }
    await makeUnified.proveAddress(account._id, handleIn(ctx, cookie), code, caller)
    ctx.cookies.set(cookie, null, { path: '/' })
    seeOther(ctx, linkPath(wanted))
  }

  /** Filled in where that address is known to have a unified sign-in; it was proven here (U4). */
  const showUnified = async (ctx: PortalContext, signed: Signed, it: Asked): Promise<void> => {
    const isTaken = (await makeUnified.addressStatus(it.account)) === 'taken'
    const address = isTaken ? (it.account.signIn?.address ?? '') : ''
    linking.showProof(ctx, signed, it.company, { action: linkPath(it.wanted), address })
  }

  const table: Route[] = [
    row({
      method: 'GET',
      path: '/account/services/link/:company/unified',
      right: 'signed in',
      params: atCompany,
      handler: async (ctx, signed, { params }) => showUnified(ctx, signed, await asked(signed, params)),
    }),
    row({
      method: 'POST',
      path: '/account/services/link/:company/make',
      right: 'proven anew',
      params: atCompany,
      form: fields.form({ ...fields.detailFields(), ...agreed, password: fields.password() }),
      handler: make,
      refusal: conflictApart,
      again: showAgain,
    }),
    row({
      method: 'POST',
      path: '/account/services/link/:company/address',
      right: 'proven anew',
      params: atCompany,
      form: nothing,
      limit: 'code-sent-network',
      handler: sendCode,
      refusal: conflictApart,
      again: async (ctx, signed, { params, ...more }, status) =>
        show(ctx, signed, await asked(signed, params), more, status),
    }),
    row({
      method: 'GET',
      path: '/account/services/link/:company/address/code',
      right: 'signed in',
      params: atCompany,
      query: sent,
      handler: (ctx, signed, { params, query }) => showCode(ctx, signed, { params, ...query }),
    }),
    row({
      method: 'POST',
      path: '/account/services/link/:company/address/code',
      right: 'signed in',
      params: atCompany,
      form: code,
      handler: proveAddress,
      refusal: conflictApart,
      again: showCode,
    }),
    row({
      method: 'POST',
      path: '/account/services/link/:company/address/code/send-again',
      right: 'signed in',
      params: atCompany,
      form: nothing,
      limit: 'code-sent-network',
      handler: sendAgain,
      again: showCode,
    }),
  ]
  return {
    table,
    asked,

    /** The offer; where the address has a unified sign-in already, its password is asked at once. */
    begin: async (ctx: PortalContext, signed: Signed, params: AtCompany['params']): Promise<void> => {
      const it = await asked(signed, params)
      if ((await makeUnified.addressStatus(it.account)) === 'taken') await showUnified(ctx, signed, it)
      else await show(ctx, signed, it)
    },
  }
}

/** Until when no other date is taken here, and whom to ask (U14). */
const tooYoungAt = ({ contacts }: Company, { age, until }: { age: number; until: number | undefined }) => {
  const values = { age, contact: askAt(contacts.support) }
  return until === undefined
    ? { code: 'too-young-there', values }
    : { code: 'too-young-until', values: { ...values, until: new Date(until).toISOString() } }
}

/** What changed meanwhile is told on its page as a conflict. */
const conflictApart = (error: unknown): Refusal | undefined => {
  const refusal = refused(error)
  return refusal && isAppError(error) && error.kind === 'conflict' ? { ...refusal, status: 409 } : refusal
}
