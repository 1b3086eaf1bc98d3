import { z } from 'zod'
import { type LookedUp, personOf } from '../accounts/index.ts'
import { type Company, showController } from '../companies/index.ts'
import { fields, InvalidForm, type Problems, type Route } from '../http/index.ts'
import { AppError } from '../lib/errors.ts'
import { linkLeftRoutes } from './link-left-routes.ts'
import { linkPreviewRoutes } from './link-preview-routes.ts'
import { makeUnifiedRoutes } from './make-unified-routes.ts'
import type { PortalDeps } from './portal-deps.ts'
import { type AtCompany, atCompany, credentials, linkPath } from './portal-fields.ts'
import { type Form, type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
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
  const { config, accounts, links, authentication, trustedDevices } = deps
  const { companies } = config.group
  const visible = createVisibleAccounts(deps)

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
    const open = (await visible.linkable(signed))
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
        action: linkPath(company),
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
      (looked) => authentication.authenticateLocal(email, password, company.id, looked),
      company.id,
    )
    const account = own && (await accounts.get(own.account))
    if (!account || account.link || account.status !== 'open') throw proofWrong()
    const proven = { person: signed.principal.credentialEpoch, account: own.epoch }
    await toPreview(ctx, { person: personIn(signed, 'no-such-company'), account, proven })
  }

  /** From the separate account: the unified sign-in, which is then the one that links. */
  const proveUnified = async (
    ctx: PortalContext,
    signed: Signed,
    { params, form }: AtCompany & { form: Form },
  ): Promise<void> => {
    const { account, company, wanted } = await makeUnified.asked(signed, params)
    const { email = '', password = '' } = form
    const right = (looked?: LookedUp) => authentication.authenticate(email, password, null, looked)
    const found = await trustedDevices.attempt(ctx, email, right)
    const person = personOf(found)
    if (!found || person === undefined) throw proofWrong()
    const { epoch } = found
    if (await links.accountAt(person, company.id)) throw new InvalidForm({ email: { code: 'already-linked' } })
    const proven = { person: epoch, account: account.credentialEpoch }
    await toPreview(ctx, { person, account, proven }, wanted)
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
    showProof(ctx, signed, company, { action: linkPath(wanted), ...more }, status)
  }

  const { toPreview, orTooYoung, table: preview } = linkPreviewRoutes(tools, deps, { declared, showProof })
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
    ...preview,
    ...makeUnified.table,
    ...left.table,
  ]
}

const proofWrong = () => new InvalidForm({ form: { code: 'account-proof-wrong' } })
