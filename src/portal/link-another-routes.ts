import { z } from 'zod'
import { type Account, asPerson, personOf, samePrincipal } from '../accounts/index.ts'
import { type Company, showController } from '../companies/index.ts'
import { type DetailName, detailsOfClaims } from '../details/index.ts'
import {
  type Filled,
  fields,
  InvalidForm,
  type Problems,
  type Route,
  scopedCookieName,
  seeOther,
} from '../http/index.ts'
import { minute } from '../lib/clock.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import { type ProvenSides, shownIn, takenOver } from '../links/index.ts'
import { detailsOf, type PersonId } from '../people/index.ts'
import { linkLeftRoutes } from './link-left-routes.ts'
import { makeUnifiedRoutes } from './make-unified-routes.ts'
import type { PortalDeps } from './portal-deps.ts'
import { type AtCompany, atCompany, credentials, previewed } from './portal-fields.ts'
import { type Form, type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { leadTo } from './session-guard.ts'
import { createVisibleAccounts, personIn } from './visible-accounts.ts'

type LinkDeps = Pick<
  PortalDeps,
  | 'config'
  | 'people'
  | 'accounts'
  | 'links'
  | 'linkExisting'
  | 'proveByCode'
  | 'limits'
  | 'authentication'
  | 'trustedDevices'
  | 'oidc'
  | 'makeUnified'
  | 'unifiedOffer'
>

/**
 * **Link another account** (S4-2): lists the group's companies, never what exists (T19); proves both sides in one
 * browser, shows where the details differ, and links by *Link and continue* only (T8, T11). The same from the other
 * side: a separate account, whose holder proves the unified sign-in, or makes one of it (`make-unified-routes.ts`).
 */
export const linkAnotherRoutes = (tools: PortalTools, deps: LinkDeps): Route[] => {
  const { config, people, accounts, links, linkExisting, authentication, trustedDevices, oidc } = deps
  const { companies } = config.group
  const visible = createVisibleAccounts(deps)
  const cookie = scopedCookieName(config, 'link-proof')
  const base = ({ id }: Company) => `/account/services/link/${id}`

  const declared = (id: string): Company => {
    const company = companies.get(id)
    if (!company) throw new AppError('not-found', 'no-such-company')
    return company
  }

  const unlinkedCompany = async (signed: Signed, id: string): Promise<Company> => {
    const company = declared(id)
    if (await links.accountAt(personIn(signed, 'no-such-company'), company.id))
      throw new AppError('conflict', 'already-linked')
    return company
  }

  const showCompanies = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const linked = new Set((await visible.live(signed)).map(({ company }) => company))
    const open = [...companies.values()]
      .filter(({ id }) => !linked.has(id))
      .sort((a, b) => a.name.localeCompare(b.name, ctx.page.language))
      .map(({ id, name, legalName }) => ({ id, name, legalName }))
    const first = companies.get(signed.principal.company ?? '')?.name ?? ''
    tools.show(ctx, signed, 'services', 'portal/link-another', { open, first })
  }

  const showProof = (ctx: PortalContext, signed: Signed, company: Company, more: object = {}, status = 200) =>
    tools.show(
      ctx,
      signed,
      'services',
      'portal/link-proof',
      {
        controller: showController(company, ctx.page.language, signed.principal.country),
        unified: signed.principal.person === undefined,
        action: base(company),
        address: '',
        made: false,
        ...more,
      },
      status,
    )

  /** The account's own sign-in at that company; afterwards nothing tells a wrong password from no account (T19). */
  const proveAccount = async (
    ctx: PortalContext,
    signed: Signed,
    { params, form }: AtCompany & { form: Form },
  ): Promise<void> => {
    const company = await unlinkedCompany(signed, params.company)
    const { email = '', password = '' } = form
    const own = await trustedDevices.attempt(
      ctx,
      email,
      () => authentication.authenticateLocal(email, password, company.id),
      company.id,
    )
    const account = own && (await accounts.get(own.account))
    if (!account || account.link || account.status !== 'open') throw proofWrong()
    const proven = { person: signed.principal.credentialEpoch, account: own.epoch }
    await toPreview(ctx, signed, { person: personIn(signed, 'no-such-company'), account, proven })
  }

  /** From the separate account: the unified sign-in, which is then the one that links. */
  const proveUnified = async (
    ctx: PortalContext,
    signed: Signed,
    { params, form }: AtCompany & { form: Form },
  ): Promise<void> => {
    const { account, company, wanted } = await makeUnified.asked(signed, params)
    const { email = '', password = '' } = form
    const found = await trustedDevices.attempt(ctx, email, () => authentication.authenticate(email, password, null))
    const person = personOf(found)
    if (!found || person === undefined) throw proofWrong()
    const { epoch } = found
    if (await links.accountAt(person, company.id)) throw new InvalidForm({ email: { code: 'already-linked' } })
    const proven = { person: epoch, account: account.credentialEpoch }
    await toPreview(ctx, signed, { person, account, proven }, wanted)
  }

  /** The proof once more, of whichever side is asked for. */
  const showProofAgain = async (
    ctx: PortalContext,
    signed: Signed,
    { params, ...more }: AtCompany & { problems: Problems },
    status: number,
  ): Promise<void> => {
    if (signed.principal.person !== undefined)
      return showProof(ctx, signed, await unlinkedCompany(signed, params.company), more, status)
    const { company, wanted } = await makeUnified.asked(signed, params)
    showProof(ctx, signed, company, { action: base(wanted), ...more }, status)
  }

  /** undefined: they are too young for this company, and the page is answered (S11). */
  const orTooYoung = async <Done>(
    ctx: PortalContext,
    signed: Signed,
    company: Company,
    act: () => Promise<Done>,
  ): Promise<Done | undefined> => {
    try {
      return await act()
    } catch (error) {
      if (!isAppError(error, 'too-young-there')) throw error
      const { code, values } = error
      showProof(ctx, signed, company, { problems: { form: { code, values } } }, 403)
      return undefined
    }
  }

  /** Whoever proved both sides is led on: what they proved waits in this browser, and a reload proves nothing again. */
  const toPreview = async (
    ctx: PortalContext,
    signed: Signed,
    sides: { person: PersonId; account: Account; proven: ProvenSides },
    onward?: Company,
  ): Promise<void> => {
    const company = declared(sides.account.company)
    const handle = await orTooYoung(ctx, signed, company, () => linkExisting.begin({ ...sides, company }))
    if (handle === undefined) return
    const options = { httpOnly: true, sameSite: 'lax', path: base(company), overwrite: true } as const
    ctx.cookies.set(cookie, handle, { ...options, maxAge: 15 * minute })
    seeOther(ctx, `${base(company)}/preview${onward ? `?onward=${onward.id}` : ''}`)
  }

  const showPreview = async (
    ctx: PortalContext,
    signed: Signed,
    {
      params,
      handle,
      ...more
    }: AtCompany & { handle: string; onward: string | undefined; problems?: Problems; raw?: Filled },
    status = 200,
  ): Promise<void> => {
    const { kind: _kind, ...holder } = signed.principal.id
    const { person, account, company } = await linkExisting.proven(handle, holder, declared(params.company))
    const preview = await orTooYoung(ctx, signed, company, () => linkExisting.preview({ person, account, company }))
    if (!preview) return
    const linking = await people.get(person)
    const country = (linking && detailsOf(linking).country) ?? undefined
    const controller = showController(company, ctx.page.language, country)
    tools.show(ctx, signed, 'services', 'portal/link-preview', { ...preview, handle, controller, ...more }, status)
  }

  /** What was proven too long ago is proven again; what is linked by now is on the list. */
  const openPreview = async (
    ctx: PortalContext,
    signed: Signed,
    { params, query: { onward } }: AtCompany & { query: { onward?: string | undefined } },
  ): Promise<void> => {
    try {
      await showPreview(ctx, signed, { params, handle: ctx.cookies.get(cookie) ?? '', onward })
    } catch (error) {
      if (!isAppError(error, 'link-proof-expired')) throw error
      const company = declared(params.company)
      const { person } = signed.principal
      const isLinked = person !== undefined && (await links.accountAt(person, company.id)) !== undefined
      seeOther(ctx, isLinked ? '/account/services' : base(company))
    }
  }

  const link = async (
    ctx: PortalContext,
    signed: Signed,
    { params, form }: AtCompany & { form: Form },
  ): Promise<void> => {
    const company = declared(params.company)
    const { kind: _kind, ...holder } = signed.principal.id
    const { proof: handle = '', policyVersion } = form
    const { company: shown } = shownIn(form)
    if (!shown) throw stale()
    const outcome = await orTooYoung(ctx, signed, company, () =>
      linkExisting.link({ handle, holder, company, policyVersion, shown, keep: chosen(form, company) }),
    )
    if (!outcome) return
    const { linked, ...sides } = outcome
    if (!linked) throw stale()
    ctx.cookies.set(cookie, null, { path: base(company), overwrite: true })
    // From the other side the session was the account's own and ended with it: the unified sign-in, proven a moment ago,
    // takes over in this browser.
    const linking = asPerson(sides.person)
    if (!samePrincipal(signed.principal.id, linking)) await oidc.begin(ctx, linking, sides.proven.person)
    const onward = companies.get(form.onward ?? '')
    if (onward && onward.id !== company.id) seeOther(ctx, base(onward))
    else leadTo(ctx, 'services', 'linked')
  }

  const makeUnified = makeUnifiedRoutes(tools, deps, { declared, showProof })
  const left = linkLeftRoutes(tools, deps, { unlinkedCompany, toPreview, orTooYoung })

  const begin = async (
    ctx: PortalContext,
    signed: Signed,
    { params, query: { by, made } }: AtCompany & { query: { by: boolean; made: boolean } },
  ): Promise<void> => {
    if (signed.principal.person === undefined) return makeUnified.begin(ctx, signed, params)
    const company = await unlinkedCompany(signed, params.company)
    if (!by && (await left.shows(ctx, signed, company))) return
    showProof(ctx, signed, company, { made })
  }

  return [
    row({
      method: 'GET',
      path: '/account/services/link',
      right: 'signed in',
      handler: showCompanies,
    }),
    row({
      method: 'GET',
      path: '/account/services/link/:company',
      right: 'signed in',
      params: atCompany,
      query: z.object({ by: fields.flag(), made: fields.flag() }),
      handler: begin,
    }),
    row({
      method: 'POST',
      path: '/account/services/link/:company',
      right: 'proven anew',
      params: atCompany,
      form: credentials,
      handler: (ctx, signed, given) =>
        signed.principal.person === undefined ? proveUnified(ctx, signed, given) : proveAccount(ctx, signed, given),
      again: showProofAgain,
    }),
    row({
      method: 'GET',
      path: '/account/services/link/:company/preview',
      right: 'signed in',
      params: atCompany,
      query: z.object({ onward: fields.word(100) }),
      handler: openPreview,
    }),
    row({
      method: 'POST',
      path: '/account/services/link/:company/preview',
      right: 'proven anew',
      params: atCompany,
      form: previewed,
      handler: link,
      again: (ctx, signed, { raw, ...more }, status) =>
        showPreview(ctx, signed, { ...more, raw, handle: raw.proof ?? '', onward: raw.onward }, status),
    }),
    ...makeUnified.table,
    ...left.table,
  ]
}

const stale = () => new InvalidForm({ form: { code: 'link-page-stale' } })

const proofWrong = () => new InvalidForm({ password: { code: 'account-proof-wrong' } })

const chosen = (form: Form, { release }: Company): DetailName[] =>
  takenOver(detailsOfClaims(release.receives), (field) => form[`keep.${field}`] === 'theirs')
