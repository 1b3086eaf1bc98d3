import { z } from 'zod'
import type { Account, HolderChange } from '../accounts/index.ts'
import { kindsOn, type ShownEvent } from '../activity/index.ts'
import { type DetailName, detailNames, detailsOfClaims, mendedPhone } from '../details/index.ts'
import { fields, InvalidForm, type Problems, type Route } from '../http/index.ts'
import { showHeld } from './former-address-routes.ts'
import { fromWhom } from './holdings.ts'
import type { PortalDeps } from './portal-deps.ts'
import { changedDetails } from './portal-fields.ts'
import { type Form, outcomeIn, type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { formFields, readDetailsForm } from './read-details-form.ts'
import { createRecordAct } from './record-act.ts'
import { restoredList } from './restored-list.ts'
import { leadTo } from './session-guard.ts'
import { createVisibleAccounts } from './visible-accounts.ts'

type DetailsDeps = Pick<
  PortalDeps,
  | 'config'
  | 'accounts'
  | 'links'
  | 'readPrincipal'
  | 'currentPrincipal'
  | 'changeDetails'
  | 'activity'
  | 'undo'
  | 'enqueue'
  | 'bounces'
> & {
  /** Sends the code to a new address and shows where to enter it. */
  beginAddressChange: (ctx: PortalContext, signed: Signed, email: string) => Promise<void>
  /** The address that they wrote before, while its code waits. */
  addressBefore: (ctx: PortalContext, signed: Signed) => Promise<string | undefined>
}

/** Changing where one lives in law, or how old one is, needs the proof anew, and so does the address that signs in. */
const needProof = ['birthDate', 'country', 'email']
/** The newest, and however many followed it, whatever may still be taken back (H18). */
const shownEvents = 20
const looksBack = 200

/** **Details**: the basic details, who changed what when, and the way to take a company's change back (S4-3). */
export const detailsRoutes = (tools: PortalTools, deps: DetailsDeps): Route[] => {
  const { config, readPrincipal, changeDetails, activity, undo, beginAddressChange } = deps
  const { companies } = config.group
  const visible = createVisibleAccounts(deps)
  const recordAct = createRecordAct(deps)

  const historyOf = async ({ principal: { id } }: Signed) => {
    const [events, open] = await Promise.all([
      activity.listFor(id, { limit: looksBack, kinds: kindsOn('details') }),
      undo.offered(id),
    ])
    return events
      .map((event) => ({ ...event, companyName: nameOf(event), restored: restoredList(open.get(event.op ?? '')) }))
      .filter(({ restored }, place) => place < shownEvents || restored.length > 0)
  }

  /** What a detail is now, who said it, and when as far as the history below goes. */
  const currentOf = (field: DetailName, { principal }: Signed, history: readonly ShownEvent[]) => ({
    field,
    value: principal.details[field] ?? null,
    from: fromWhom(principal.sourceOf(field), (id) => companies.get(id)?.name ?? id),
    since: history.find(({ changes }) => changes.some((change) => change.field === field))?.at ?? 0,
  })

  const nameOf = ({ company }: ShownEvent) => (company && companies.get(company)?.name) ?? ''

  /** An address that is known but signs nobody in, and who made it so, as the history below says it (U7). */
  const contactOf = async ({ id, addresses, details }: Signed['principal']) => {
    const contact = details.email
    if (!contact || addresses.includes(contact)) return null
    const change = await activity.lastChangeOf(id, 'email', contact)
    return { address: contact, by: change?.by ?? 'unknown', company: change ? nameOf(change) : '' }
  }

  const showDetails = async (
    ctx: PortalContext,
    signed: Signed,
    { form, problems = {}, done }: { form?: Form; problems?: Problems; done?: string | undefined } = {},
    status = 200,
  ) => {
    const { principal } = signed
    const linked = (await visible.live(signed)).filter(({ link }) => link !== null)
    const shown = formFields(principal.details, principal.versions, { form, shown: shownTo(signed) })
    const history = await historyOf(signed)
    tools.show(
      ctx,
      signed,
      'details',
      'portal/details',
      {
        fields: shown,
        onlyOneName: principal.details.familyName === null,
        raw: { onlyOneName: form?.onlyOneName },
        phone: mendedOf(shown),
        signsIn: principal.addresses,
        offered: await contactOf(principal),
        companies: linked.flatMap(({ company }) => companies.get(company)?.name ?? []),
        closing: principal.standsStill,
        held: showHeld(signed),
        cameBackSince: await deps.bounces.since(principal.addresses),
        history,
        current: shownTo(signed).map((field) => currentOf(field, signed, history)),
        done: outcomeIn('details', done),
        problems,
      },
      status,
    )
  }

  /** With `again`, from the code page: nothing is typed twice (U5). */
  const open = async (
    ctx: PortalContext,
    signed: Signed,
    { again, done }: { again: boolean; done?: string | undefined },
  ): Promise<void> => {
    const email = again ? await deps.addressBefore(ctx, signed) : undefined
    await showDetails(ctx, signed, { done, ...(email !== undefined && { form: { email } }) })
  }

  const save = async (ctx: PortalContext, signed: Signed, form: Form): Promise<void> => {
    const { changes, problems } = readDetailsForm(form)
    if (Object.keys(problems).length > 0) throw new InvalidForm(problems)
    if (changes.some(({ field }) => needProof.includes(field)) && !(await tools.isProven(ctx, signed))) return
    await write(ctx, signed, changes)
  }

  /** With what stands now, so that a conflict shows both. */
  const again = async (signed: Signed): Promise<Signed> => {
    const principal = await readPrincipal(signed.principal.id)
    return principal ? { ...signed, principal } : signed
  }

  /** A separate account holds what its company receives, and nothing else is asked for it. */
  const shownTo = ({ principal: { company, details } }: Signed): DetailName[] => {
    if (company === null) return [...detailNames]
    const receives = detailsOfClaims(companies.get(company)?.release.receives ?? [])
    return detailNames.filter((field) => field === 'email' || receives.includes(field) || details[field])
  }

  /** The highest that any of their companies asks: nobody gets across it by a correction (S11). */
  const minimumAgeOf = (held: Account[]): number =>
    Math.max(16, ...held.map(({ company }) => companies.get(company)?.minimumAge ?? 16))

  /** A proven address is taken at once; any other moves, with the sign-in, only after its code. */
  const write = async (ctx: PortalContext, signed: Signed, changes: HolderChange[]): Promise<void> => {
    const { id, addresses } = signed.principal
    const email = changes.find(({ field, value }) => field === 'email' && !addresses.includes(value ?? ''))?.value
    const shown = shownTo(signed)
    const atOnce = changes.filter(({ field }) => shown.includes(field) && (field !== 'email' || !email))
    if (atOnce.length > 0) {
      const minimumAge = minimumAgeOf(await visible.live(signed))
      await changeDetails(id, { changes: atOnce, minimumAge })
      await recordAct(signed)
    }
    if (email) return beginAddressChange(ctx, signed, email)
    leadTo(ctx, 'details', 'saved')
  }

  const takeBack = async (ctx: PortalContext, signed: Signed, form: Form): Promise<void> => {
    await undo.takeBack(signed.principal.id, [form.op ?? ''])
    await recordAct(signed)
    leadTo(ctx, 'details', 'undone')
  }

  return [
    row({
      method: 'GET',
      path: '/account/details',
      right: 'signed in',
      query: z.object({ again: fields.flag(), done: fields.word(30) }),
      handler: (ctx, signed, { query }) => open(ctx, signed, query),
    }),
    row({
      method: 'POST',
      path: '/account/details',
      right: 'signed in',
      form: changedDetails,
      handler: (ctx, signed, { form }) => save(ctx, signed, form),
      again: async (ctx, signed, { problems, raw }, status) =>
        showDetails(ctx, await again(signed), { problems, form: raw }, status),
    }),
    row({
      method: 'POST',
      path: '/account/details/undo',
      right: 'signed in',
      form: fields.form({ op: fields.text(100) }),
      handler: (ctx, signed, { form }) => takeBack(ctx, signed, form),
    }),
  ]
}

/** A number that an earlier version kept wrong, and what it should be, as a change of its own that its holder may save (K1). */
const mendedOf = (fields: ReturnType<typeof formFields>) => {
  const field = fields.find(({ name }) => name === 'phone')
  const mended = field?.was && mendedPhone(field.was)
  return mended ? { was: field.was, mended, base: field.base } : null
}
