import type { Account } from '../accounts/index.ts'
import { type Company, policyInForce, showController } from '../companies/index.ts'
import { detailsOfClaims, namedDetails, normalizeEmail } from '../details/index.ts'
import { clientNetwork, cookieName, type Filled, problemsOf, seeOther } from '../http/index.ts'
import { hour } from '../lib/clock.ts'
import type { ProvenSides } from '../links/index.ts'
import type { PersonId } from '../people/index.ts'
import { codeOf, handleIn, problemsOfSending, waitingIn } from './code-page.ts'
import { personIn } from './own-accounts.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { PortalContext, PortalRouter, PortalTools, Signed } from './portal-tools.ts'
import { leadTo } from './session-guard.ts'

type LeftDeps = Pick<PortalDeps, 'config' | 'links' | 'linkExisting' | 'proveByCode' | 'limits'>

/** What `link-another-routes.ts` lends: whose turn it is at a company, the page after a proof, and the age gate. */
interface Linking {
  unlinkedCompany: (signed: Signed, id: string | undefined) => Promise<Company>
  toPreview: (
    ctx: PortalContext,
    signed: Signed,
    sides: { person: PersonId; account: Account; proven: ProvenSides },
  ) => Promise<void>
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
export const addLinkLeft = (router: PortalRouter, tools: PortalTools, deps: LeftDeps, linking: Linking) => {
  const { config, links, linkExisting, proveByCode, limits } = deps
  const { unlinkedCompany, toPreview, orTooYoung } = linking
  const cookie = cookieName(config, 'link-code')
  const base = ({ id }: Company) => `/account/services/link/${id}`

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

  const takeUpAgain = async (ctx: PortalContext, signed: Signed, form: Filled): Promise<void> => {
    const company = await unlinkedCompany(signed, ctx.params.company)
    const asked = { company, policyVersion: form.policyVersion, shown: namedDetails(form.shown ?? '') }
    const linked = await orTooYoung(ctx, signed, company, () =>
      linkExisting.takeUpAgain(personIn(signed, 'no-such-company'), asked),
    )
    if (linked === undefined) return
    if (!linked) return showAgain(ctx, signed, company, { problems: { form: { code: 'link-page-stale' } } }, 400)
    leadTo(ctx, 'services', 'linked')
  }

  const showByCode = async (ctx: PortalContext, signed: Signed, more = {}, status = 200): Promise<void> => {
    const company = await unlinkedCompany(signed, ctx.params.company)
    const person = personIn(signed, 'no-such-company')
    const there = await links.alreadyThere(person, company.id)
    const before = await waitingIn(ctx, cookie, (handle) => proveByCode.filledIn(handle, person, company.id))
    const address = before ?? there?.account.left?.formerAddress ?? ''
    show(ctx, signed, company, 'portal/link-by-code', { address, ...more }, status)
  }

  /** What is wrong with a form is shown on its page. */
  const onPage = async (
    again: (more: object, status: number) => Promise<void>,
    raw: Filled,
    act: () => Promise<void>,
  ): Promise<void> => {
    try {
      await act()
    } catch (error) {
      const problems = problemsOf(error)
      if (!problems) throw error
      await again({ problems, raw }, 400)
    }
  }

  const sendCode = async (ctx: PortalContext, signed: Signed, form: Filled): Promise<void> => {
    const company = await unlinkedCompany(signed, ctx.params.company)
    await onPage(
      (more, status) => showByCode(ctx, signed, more, status),
      { email: form.email ?? '' },
      async () => {
        const email = normalizeEmail((form.email ?? '').trim())
        await limits.consume('code-sent-network', clientNetwork(ctx))
        const { language } = ctx.page
        const handle = await proveByCode.begin({
          person: personIn(signed, 'no-such-company'),
          company,
          email,
          language,
        })
        ctx.cookies.set(cookie, handle, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: hour })
        seeOther(ctx, `${base(company)}/by-code/code`)
      },
    )
  }

  const showCode = async (ctx: PortalContext, signed: Signed, more = {}, status = 200): Promise<void> => {
    const company = await unlinkedCompany(signed, ctx.params.company)
    const path = `${base(company)}/by-code/code`
    const code = await codeOf(ctx, cookie, { path, waiting: proveByCode.waiting })
    const correct = { href: `${base(company)}/by-code`, label: ctx.page.t('layout.code.other-address') }
    show(ctx, signed, company, 'portal/link-code', { code, correct, back: '/account/services', ...more }, status)
  }

  const sendAgain = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const company = await unlinkedCompany(signed, ctx.params.company)
    const problems = await problemsOfSending(async () => {
      await limits.consume('code-sent-network', clientNetwork(ctx))
      await proveByCode.sendAgain(handleIn(ctx, cookie), ctx.page.language)
    })
    if (problems) return showCode(ctx, signed, { problems }, 400)
    seeOther(ctx, `${base(company)}/by-code/code?sent`)
  }

  const proveCode = async (ctx: PortalContext, signed: Signed, form: Filled): Promise<void> => {
    const company = await unlinkedCompany(signed, ctx.params.company)
    const person = personIn(signed, 'no-such-company')
    await onPage(
      (more, status) => showCode(ctx, signed, more, status),
      {},
      async () => {
        const handle = handleIn(ctx, cookie)
        const caller = { network: clientNetwork(ctx) }
        const sides = await proveByCode.authentication(handle, form.code ?? '', person, company.id, caller)
        ctx.cookies.set(cookie, null, { path: '/' })
        await toPreview(ctx, signed, { person, ...sides })
      },
    )
  }

  router.get(
    '/account/services/link/:company/by-code',
    tools.signedIn((ctx, signed) => showByCode(ctx, signed)),
  )
  router.post('/account/services/link/:company/by-code', tools.proven(sendCode))
  router.get(
    '/account/services/link/:company/by-code/code',
    tools.signedIn((ctx, signed) => showCode(ctx, signed)),
  )
  router.post('/account/services/link/:company/by-code/code', tools.proven(proveCode))
  router.post('/account/services/link/:company/by-code/code/send-again', tools.submitted(sendAgain))
  router.post('/account/services/link/:company/again', tools.proven(takeUpAgain))

  return {
    /** True when the page is answered: what they left there says how it goes on. */
    shows: async (ctx: PortalContext, signed: Signed, company: Company): Promise<boolean> => {
      const there = await links.alreadyThere(personIn(signed, 'no-such-company'), company.id)
      if (there?.how === 'again') showAgain(ctx, signed, company)
      else if (there && !there.account.signIn) seeOther(ctx, `${base(company)}/by-code`)
      else return false
      return true
    },
  }
}
