import { z } from 'zod'
import { type Account, asPerson, samePrincipal } from '../accounts/index.ts'
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
import { unless } from '../lib/errors.ts'
import { type ProvenSides, shownIn, takenOver } from '../links/index.ts'
import { detailsOf, type PersonId } from '../people/index.ts'
import type { PortalDeps } from './portal-deps.ts'
import { type AtCompany, atCompany, linkPath, previewed } from './portal-fields.ts'
import { type Form, type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { leadTo } from './session-guard.ts'

type PreviewDeps = Pick<PortalDeps, 'config' | 'people' | 'links' | 'linkExisting' | 'oidc'>

interface Proof {
  declared: (id: string) => Company
  showProof: (ctx: PortalContext, signed: Signed, company: Company, more?: object, status?: number) => void
}

/** What both sides' proof leads to: where the details differ, and *Link and continue*, which alone links (T8, T11). */
export const linkPreviewRoutes = (tools: PortalTools, deps: PreviewDeps, { declared, showProof }: Proof) => {
  const { config, people, links, linkExisting, oidc } = deps
  const { companies } = config.group
  const cookie = scopedCookieName(config, 'link-proof')

  /** undefined: they are too young for this company, and the page is answered (S11). */
  const orTooYoung = <Done>(ctx: PortalContext, signed: Signed, company: Company, act: () => Promise<Done>) =>
    unless('too-young-there', act, ({ code, values }) => {
      showProof(ctx, signed, company, { problems: { form: { code, values } } }, 403)
      return undefined
    })

  /** Whoever proved both sides is led on: what they proved waits in this browser, and a reload proves nothing again. */
  const toPreview = async (
    ctx: PortalContext,
    sides: { person: PersonId; account: Account; proven: ProvenSides },
    onward?: Company,
  ): Promise<void> => {
    const company = declared(sides.account.company)
    const handle = await linkExisting.begin({ ...sides, company })
    const options = { httpOnly: true, sameSite: 'lax', path: linkPath(company), overwrite: true } as const
    ctx.cookies.set(cookie, handle, { ...options, maxAge: 15 * minute })
    seeOther(ctx, `${linkPath(company)}/preview${onward ? `?onward=${onward.id}` : ''}`)
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
    const show = () => showPreview(ctx, signed, { params, handle: ctx.cookies.get(cookie) ?? '', onward })
    await unless('link-proof-expired', show, async () => {
      const company = declared(params.company)
      const { person } = signed.principal
      const isLinked = person !== undefined && (await links.accountAt(person, company.id)) !== undefined
      seeOther(ctx, isLinked ? '/account/services' : linkPath(company))
    })
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
    ctx.cookies.set(cookie, null, { path: linkPath(company), overwrite: true })
    // From the other side the session was the account's own and ended with it: the unified sign-in, proven a moment ago,
    // takes over in this browser.
    const linking = asPerson(sides.person)
    if (!samePrincipal(signed.principal.id, linking)) await oidc.begin(ctx, linking, sides.proven.person)
    const onward = companies.get(form.onward ?? '')
    if (onward && onward.id !== company.id) seeOther(ctx, linkPath(onward))
    else leadTo(ctx, 'services', 'linked', company.id)
  }

  const table: Route[] = [
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
  ]
  return { table, toPreview, orTooYoung }
}

const stale = () => new InvalidForm({ form: { code: 'link-page-stale' } })

const chosen = (form: Form, { release }: Company): DetailName[] =>
  takenOver(detailsOfClaims(release.receives), (field) => form[`keep.${field}`] === 'theirs')
