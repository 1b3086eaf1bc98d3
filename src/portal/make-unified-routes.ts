import { type Account, asPerson } from '../accounts/index.ts'
import { type Company, showController } from '../companies/index.ts'
import { clientNetwork, cookieName, type Filled, type Problems, problemsOf, seeOther } from '../http/index.ts'
import { hour } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import type { PersonId } from '../people/index.ts'
import { mayOfferForLinking } from './access-rules.ts'
import { codeOf, handleIn, problemsOfSending } from './code-page.ts'
import { createOwnAccounts } from './own-accounts.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { PortalContext, PortalRouter, PortalTools, Signed } from './portal-tools.ts'
import { isFresh, leadTo, passwordTypedIn } from './session-guard.ts'

type MakeUnifiedDeps = Pick<
  PortalDeps,
  'config' | 'accounts' | 'links' | 'makeUnified' | 'unifiedOffer' | 'limits' | 'trustedDevices' | 'oidc'
>

/** What `link-another-routes.ts` lends. */
interface Linking {
  declared: (id: string | undefined) => Company
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
export const addMakeUnified = (router: PortalRouter, tools: PortalTools, deps: MakeUnifiedDeps, linking: Linking) => {
  const { config, makeUnified, unifiedOffer, limits, trustedDevices, oidc } = deps
  const own = createOwnAccounts(deps)
  const cookie = cookieName(config, 'link-code')
  const base = ({ id }: Company) => `/account/services/link/${id}`

  const asked = async (ctx: PortalContext, signed: Signed): Promise<Asked> => {
    const wanted = linking.declared(ctx.params.company)
    return { ...(await own.at(signed, signed.principal.company ?? undefined, mayOfferForLinking)), wanted }
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
      base: base(wanted),
      company,
      controller: showController(company, ctx.page.language, signed.principal.country),
      onward: wanted.id === company.id ? '' : wanted.name,
      // Proven a moment ago, at another page: what was typed there is not known here.
      choosesPassword: isFresh(signed),
      ...more,
    }
    tools.show(ctx, signed, 'services', 'portal/offer', data, status)
  }

  /** What is wrong with its form is shown on its page. */
  const onPage = async (
    again: (problems: Problems, status: number) => Promise<void>,
    act: () => Promise<void>,
  ): Promise<void> => {
    try {
      await act()
    } catch (error) {
      const problems = isAppError(error, 'former-address-first') ? undefined : problemsOf(error)
      if (!problems) throw error
      await again(problems, isAppError(error) && error.kind === 'conflict' ? 409 : 400)
    }
  }

  const make = async (ctx: PortalContext, signed: Signed, form: Filled): Promise<void> => {
    const it = await asked(ctx, signed)
    const { account, company, wanted } = it
    const { password: _password, ...raw } = form
    const again = (problems: Problems, status: number) =>
      show(ctx, signed, it, { problems, raw, choosesPassword: true }, status)
    await onPage(again, async () => {
      const password = form.password || passwordTypedIn(signed, form)
      const outcome = await unifiedOffer.accept({ account, company, form, password, browser: ctx.page.browser })
      if ('tooYoung' in outcome)
        return again({ form: { code: 'too-young-there', values: { age: outcome.tooYoung } } }, 403)
      if ('problems' in outcome) return again(outcome.problems, 400)
      await goOnAs(ctx, outcome.made, account.signIn?.address ?? '')
      if (wanted.id === company.id) leadTo(ctx, 'services', 'made')
      else seeOther(ctx, `${base(wanted)}?made`)
    })
  }

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

  const sendCode = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const it = await asked(ctx, signed)
    await onPage(
      (problems, status) => show(ctx, signed, it, { problems }, status),
      async () => {
        await limits.consume('code-sent-network', clientNetwork(ctx))
        const handle = await makeUnified.beginAddress(it.account, it.company)
        ctx.cookies.set(cookie, handle, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: hour })
        seeOther(ctx, `${base(it.wanted)}/address/code`)
      },
    )
  }

  const showCode = async (ctx: PortalContext, signed: Signed, problems: Problems = {}, status = 200): Promise<void> => {
    const { company, wanted } = await asked(ctx, signed)
    const path = `${base(wanted)}/address/code`
    const code = await codeOf(ctx, cookie, { path, waiting: makeUnified.waiting })
    const controller = showController(company, ctx.page.language, signed.principal.country)
    const data = { controller, code, back: base(wanted), correct: null, problems }
    tools.show(ctx, signed, 'services', 'portal/link-code', data, status)
  }

  const sendAgain = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const { wanted } = await asked(ctx, signed)
    const problems = await problemsOfSending(async () => {
      await limits.consume('code-sent-network', clientNetwork(ctx))
      await makeUnified.sendAgain(handleIn(ctx, cookie), ctx.page.language)
    })
    if (problems) return showCode(ctx, signed, problems, 400)
    seeOther(ctx, `${base(wanted)}/address/code?sent`)
  }

  const proveAddress = async (ctx: PortalContext, signed: Signed, form: Filled): Promise<void> => {
    const { account, wanted } = await asked(ctx, signed)
    await onPage(
      (problems, status) => showCode(ctx, signed, problems, status),
      async () => {
        const caller = { network: clientNetwork(ctx) }
        await makeUnified.proveAddress(account._id, handleIn(ctx, cookie), form.code ?? '', caller)
        ctx.cookies.set(cookie, null, { path: '/' })
        seeOther(ctx, base(wanted))
      },
    )
  }

  /** Filled in where that address is known to have a unified sign-in; it was proven here (U4). */
  const showUnified = async (ctx: PortalContext, signed: Signed, it: Asked): Promise<void> => {
    const isTaken = (await makeUnified.standing(it.account)) === 'taken'
    const address = isTaken ? (it.account.signIn?.address ?? '') : ''
    linking.showProof(ctx, signed, it.company, { action: base(it.wanted), address })
  }

  router.get(
    '/account/services/link/:company/unified',
    tools.signedIn(async (ctx, signed) => showUnified(ctx, signed, await asked(ctx, signed))),
  )
  router.post('/account/services/link/:company/make', tools.proven(make))
  router.post('/account/services/link/:company/address', tools.proven(sendCode))
  router.get(
    '/account/services/link/:company/address/code',
    tools.signedIn((ctx, signed) => showCode(ctx, signed)),
  )
  router.post('/account/services/link/:company/address/code', tools.submitted(proveAddress))
  router.post('/account/services/link/:company/address/code/send-again', tools.submitted(sendAgain))

  return {
    asked,

    /** The offer; where the address has a unified sign-in already, its password is asked at once. */
    begin: async (ctx: PortalContext, signed: Signed): Promise<void> => {
      const it = await asked(ctx, signed)
      if ((await makeUnified.standing(it.account)) === 'taken') await showUnified(ctx, signed, it)
      else await show(ctx, signed, it)
    },
  }
}
