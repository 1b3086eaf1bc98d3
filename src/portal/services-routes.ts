import { z } from 'zod'
import { type Account, holds, type PrincipalId } from '../accounts/index.ts'
import { policyInForce, readCustomAttributes, showController, showCustomAttributes } from '../companies/index.ts'
import { detailsOfClaims, namedDetails } from '../details/index.ts'
import { type Filled, fields, InvalidForm, type Route } from '../http/index.ts'
import { AppError } from '../lib/errors.ts'
import { digest } from '../lib/ids.ts'
import { notYetAgreed } from '../links/index.ts'
import {
  hasLeft,
  mayAgree,
  mayClose,
  mayEditAttributes,
  mayGiveWayIn,
  mayOfferForLinking,
  mayReopen,
  mayTakeOff,
  mayUnlink,
  mayWithdraw,
} from './access-rules.ts'
import { createLinkStatus } from './link-status.ts'
import type { PortalDeps } from './portal-deps.ts'
import { type AtCompany, atCompany, customAttributesForm } from './portal-fields.ts'
import { type Form, outcomeIn, type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { type ShownAccount, showApplications, showServices } from './present-services.ts'
import { leadTo } from './session-guard.ts'
import { createVisibleAccounts, personIn } from './visible-accounts.ts'

type ServicesDeps = Pick<
  PortalDeps,
  | 'config'
  | 'accounts'
  | 'holderChoices'
  | 'links'
  | 'activity'
  | 'consents'
  | 'disclosures'
  | 'oidc'
  | 'record'
  | 'enqueueAccount'
>

/** What was done, and at which company. */
const saidAt = z.object({ done: fields.word(30), at: fields.word(100) })

/** **Services**: each company with its account, who controls it, where it stands, and what can be done with it. */
export const servicesRoutes = (tools: PortalTools, deps: ServicesDeps): Route[] => {
  const { config, links, activity, consents, oidc, record, holderChoices, enqueueAccount } = deps
  const { clients, companies } = config.group
  const visible = createVisibleAccounts(deps)
  const { servicesOf, statusOf } = createLinkStatus(deps)

  const present = async (ctx: PortalContext, signed: Signed, account: Account): Promise<ShownAccount | undefined> => {
    const company = companies.get(account.company)
    if (!company) return undefined
    const { language } = ctx.page
    const services = servicesOf(company.id)
    const { principal } = signed
    const { id } = principal
    // Of an account that they left, its company and where it stands are shown, and nothing that happens there.
    const live = account.status !== 'closed' && holds(id, account)
    return {
      id: digest(account._id),
      company,
      address: account.left?.formerAddress ?? '',
      ...(live || account.status === 'closed' ? await statusOf(account, principal) : { status: 'not linked' as const }),
      ...(account.link && { linkedSince: account.link.since, how: account.link.how }),
      closingAt: live ? (account.closing?.at ?? undefined) : undefined,
      leavesAt: live ? account.leaving?.until : undefined,
      services: live ? showServices(services, await activity.lastUses(account._id), language) : [],
      applications: live ? showApplications(await consents.ofAccount(account._id), clients, principal.country) : [],
      ownFields: live ? showCustomAttributes(company, account.ownData, language) : [],
      policyVersion: policyInForce(company).version,
      more: holds(id, account) ? notYetAgreed(account, detailsOfClaims(company.release.receives)) : [],
      can: {
        withdraw: mayWithdraw(id, account),
        unlink: mayUnlink(id, account),
        close: mayClose(id, account),
        comeBack: mayReopen(id, account),
        giveWayIn: mayGiveWayIn(id, account),
        link: mayOfferForLinking(id, account),
        editAttributes: mayEditAttributes(id, account),
        takeOff: mayTakeOff(id, account),
      },
    }
  }

  const showAll = async (
    ctx: PortalContext,
    signed: Signed,
    { done: said, at = '' }: z.output<typeof saidAt>,
  ): Promise<void> => {
    const held = (await visible.all(signed)).filter(({ left }) => !left?.unlisted)
    await Promise.all(held.map((account) => record.account(account, account.log)))
    const shown = (await Promise.all(held.map((account) => present(ctx, signed, account)))).filter((card) => !!card)
    const order = (card: ShownAccount) => (card.status === 'closed' ? 2 : card.status === 'not linked' ? 1 : 0)
    const sorted = shown.sort(
      (a, b) => order(a) - order(b) || a.company.name.localeCompare(b.company.name, ctx.page.language),
    )
    // One card a company; of further accounts there those that left stand below, what is closed is over.
    const cards = sorted
      .filter((card) => isFirst(card, sorted))
      .map((card) => ({
        ...card,
        controller: showController(card.company, ctx.page.language, signed.principal.country),
      }))
    const further = sorted.filter((card) => !isFirst(card, sorted) && card.status === 'not linked')
    tools.show(ctx, signed, 'services', 'portal/services', {
      cards,
      further,
      done: outcomeIn('services', said),
      doneAt: companies.get(at)?.name ?? null,
      mayLinkAnother:
        (signed.principal.person !== undefined || cards.some(({ can }) => can.link)) &&
        (await visible.linkable(signed)).length > 0,
      hasOne: (await visible.live(signed)).length > 0,
      mayDelete: signed.principal.deletion !== undefined && !shown.some((card) => order(card) === 0),
    })
  }

  const takeOff = async (
    ctx: PortalContext,
    signed: Signed,
    { params, form }: AtCompany & { form: Form },
  ): Promise<void> => {
    // Pressed in two windows: the second press finds what the first has taken off (H43).
    const which = (viewer: PrincipalId, account: Account) =>
      hasLeft(viewer, account) && digest(account._id) === form.account
    const { account } = await visible.at(signed, params.company, which)
    await holderChoices.takeOffList(account._id, (seen) => mayTakeOff(signed.principal.id, seen))
    leadTo(ctx, 'services', 'taken-off', account.company)
  }

  const showAccount = async (
    ctx: PortalContext,
    signed: Signed,
    { params, ...more }: AtCompany,
    status = 200,
  ): Promise<void> => {
    const { account, company } = await visible.at(signed, params.company, mayEditAttributes)
    const ownFields = showCustomAttributes(company, account.ownData, ctx.page.language)
    const data = { company: { id: company.id, name: company.name }, ownFields, ...more }
    tools.show(ctx, signed, 'services', 'portal/own-fields', data, status)
  }

  const saveCustomAttributes = async (
    ctx: PortalContext,
    signed: Signed,
    { params, form }: AtCompany & { form: Filled },
  ): Promise<void> => {
    const { account, company } = await visible.at(signed, params.company, mayEditAttributes)
    const { values, problems } = readCustomAttributes(company, form)
    if (Object.keys(problems).length > 0) throw new InvalidForm(problems)
    const { actor, id } = signed.principal
    await holderChoices.changeCustomAttributes(account._id, {
      values,
      was: (field) => form[`was.${field}`],
      actor,
      may: (seen) => mayEditAttributes(id, seen),
    })
    leadTo(ctx, 'services', 'saved', company.id)
  }

  const agree = async (
    ctx: PortalContext,
    signed: Signed,
    { params, form }: AtCompany & { form: Form },
  ): Promise<void> => {
    const { account, company } = await visible.at(signed, params.company, mayAgree)
    const { policyVersion = '' } = form
    const shown = namedDetails(form.details ?? '')
    const { actor } = signed.principal
    await links.agree(personIn(signed, 'no-account-there'), { company, actor, policyVersion, shown })
    enqueueAccount(account._id)
    leadTo(ctx, 'services', 'agreed', company.id)
  }

  /** From the deletion on nothing of it is good; ending what is under way only follows. */
  const withdraw = async (
    ctx: PortalContext,
    signed: Signed,
    { params, form }: AtCompany & { form: Form },
  ): Promise<void> => {
    const { account, company } = await visible.at(signed, params.company, mayWithdraw)
    const { application = '' } = form
    const partner = clients.get(application)?.partner
    if (partner?.company !== company.id) throw new AppError('not-found', 'no-such-application')
    const given = await consents.ofAccount(account._id)
    // Pressed in two windows: the second press finds what the first has done.
    if (!given.some(({ client }) => client === application)) return leadTo(ctx, 'services', 'withdrawn', company.id)
    await consents.withdraw(account._id, application)
    await oidc.endClient(signed.principal.id, company.id, application)
    await activity.record({
      kind: 'application-withdrawn',
      holder: signed.principal.id,
      company: company.id,
      account: account._id,
      partner: partner.id,
    })
    leadTo(ctx, 'services', 'withdrawn', company.id)
  }

  return [
    row({
      method: 'GET',
      path: '/account/services',
      right: 'signed in',
      query: saidAt,
      handler: (ctx, signed, { query }) => showAll(ctx, signed, query),
    }),
    row({
      method: 'GET',
      path: '/account/services/:company/own-fields',
      right: 'signed in',
      params: atCompany,
      handler: (ctx, signed, { params }) => showAccount(ctx, signed, { params }),
    }),
    row({
      method: 'POST',
      path: '/account/services/:company/own-fields',
      right: 'signed in',
      params: atCompany,
      form: customAttributesForm,
      handler: saveCustomAttributes,
      again: showAccount,
    }),
    row({
      method: 'POST',
      path: '/account/services/:company/agree',
      right: 'signed in',
      params: atCompany,
      form: fields.form({ details: fields.text(300), policyVersion: fields.maybe(200) }),
      handler: agree,
    }),
    row({
      method: 'POST',
      path: '/account/services/:company/take-off',
      right: 'signed in',
      params: atCompany,
      form: fields.form({ account: fields.text(100) }),
      handler: takeOff,
    }),
    row({
      method: 'POST',
      path: '/account/services/:company/withdraw',
      right: 'signed in',
      params: atCompany,
      form: fields.form({ application: fields.text(100) }),
      handler: withdraw,
    }),
  ]
}

const isFirst = (card: ShownAccount, cards: readonly ShownAccount[]): boolean =>
  cards.find(({ company }) => company.id === card.company.id) === card
