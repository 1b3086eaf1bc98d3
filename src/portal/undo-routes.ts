import { z } from 'zod'
import { asAccount, offeredTo } from '../accounts/index.ts'
import { isOpenRecovery } from '../credentials/index.ts'
import { clientNetwork, cookieName, fields, type Route, seeOther } from '../http/index.ts'
import { formatList, type Language } from '../i18n/index.ts'
import { hour, now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { UndoOffer } from '../people/index.ts'
import { type CodeShown, codeOf, handleIn } from './code-page.ts'
import type { PortalDeps } from './portal-deps.ts'
import { codeAndPassword, nothing, sent } from './portal-fields.ts'
import { type PortalContext, row } from './portal-tools.ts'
import { restoredList } from './restored-list.ts'

type UndoDeps = Pick<
  PortalDeps,
  | 'config'
  | 'readPrincipal'
  | 'addressChanges'
  | 'undo'
  | 'undoOffers'
  | 'separateLogins'
  | 'recoveries'
  | 'requireStrong'
  | 'takeBackLink'
  | 'undoOpening'
  | 'takeBackAddress'
  | 'enqueue'
  | 'enqueueAccount'
>

const closedAt = z.object({ at: fields.word(100), deleted: fields.flag() })
const byLetter = z.object({ token: fields.segment() })
type ByLetter = z.infer<typeof byLetter>

/**
 * The page behind a mail's link: says what would be taken back, and takes it back by a button, without signing in
 * (S4-3). The link alone changes nothing: mail programs open links (security §6).
 */
export const undoRoutes = (deps: UndoDeps): Route[] => {
  const { config, readPrincipal, takeBackLink, takeBackAddress, addressChanges, recoveries, separateLogins } = deps
  const { requireStrong, undo, undoOffers, undoOpening, enqueue, enqueueAccount } = deps
  const { companies, services } = config.group
  const cookie = cookieName(config, 'way-in')
  const tooLate = () => new AppError('gone', 'undo-too-late')

  const offerOf = async (ctx: PortalContext, token: string): Promise<UndoOffer> => {
    ctx.set('Cache-Control', 'no-store')
    const offer = /^[\w-]{20,64}$/.test(token) ? await undoOffers.find(token) : undefined
    if (!offer) throw new AppError('gone', 'undo-expired')
    return offer
  }

  /** Where the sign-in is good that an address comes back to; null: everywhere. */
  const companyOf = async (offer: UndoOffer) => (await readPrincipal(offeredTo(offer)))?.company ?? null

  /**
   * Says what would be taken back and which values come back (model M7), or that it no longer can be. Of a detail
   * nothing else is shown: its holder's own value of before, to whoever reads the mailbox that signs them in.
   */
  const described = async (offer: UndoOffer, language: Language) => {
    const at = (company: string | null | undefined) => companies.get(company ?? '')?.name ?? ''
    switch (offer.kind) {
      case 'link':
        await takeBackLink.find(offer)
        return { kind: 'link', company: at(offer.company), restored: [] }
      case 'opened':
      case 'registration':
        await undoOpening.find(openedIn(offer))
        return { kind: offer.kind, company: at(offer.company), restored: [] }
      case 'details':
      case 'own-details': {
        const { by, restored } = await undo.find(offeredTo(offer), opsOf(offer))
        return { kind: offer.kind, company: formatList(language, by.map(at)), restored: restoredList(restored) }
      }
      case 'address':
      case 'own-address':
        if (!(await addressChanges.takesBack(offeredTo(offer), offer.former))) throw tooLate()
        return { kind: offer.kind, company: at(await companyOf(offer)), restored: [] }
      case 'recovery':
      case 'own-recovery': {
        const { recovery, company } = (await readPrincipal(offeredTo(offer))) ?? {}
        if (!isOpenRecovery(recovery, now()) || recovery.op !== offer.op) throw tooLate()
        return { kind: offer.kind, company: at(company), restored: [] }
      }
    }
  }

  const showOffer = async (ctx: PortalContext, { token }: ByLetter): Promise<void> => {
    const offer = await offerOf(ctx, token)
    ctx.render('portal/undo', { offer: await described(offer, ctx.page.language), action: ctx.path })
  }

  /** Where it leads next. */
  const takeBack = async (ctx: PortalContext, offer: UndoOffer): Promise<string> => {
    switch (offer.kind) {
      case 'link':
        return takeLinkBack(ctx, offer)
      case 'opened':
      case 'registration': {
        const erased = await undoOpening.take(openedIn(offer))
        return `/undone/account?at=${offer.company}${erased ? '&deleted' : ''}`
      }
      case 'details':
      case 'own-details':
        await undo.takeBack(offeredTo(offer), opsOf(offer))
        enqueue(offeredTo(offer))
        return '/undone'
      case 'address':
      case 'own-address': {
        await takeBackAddress.take(offeredTo(offer), offer.former)
        const company = await companyOf(offer)
        return `/undone/address${company === null ? '' : `?at=${company}`}`
      }
      case 'recovery':
      case 'own-recovery':
        if (!(await recoveries.stop(offeredTo(offer), offer.op))) throw tooLate()
        return '/undone/recovery'
    }
  }

  const submitOffer = async (ctx: PortalContext, { token }: ByLetter): Promise<void> => {
    const offer = await offerOf(ctx, token)
    const next = await takeBack(ctx, offer)
    // Spent only once it is done: a crash between leaves a link that says what stands, not one that lies.
    await undoOffers.spend(token)
    seeOther(ctx, next)
  }

  const takeLinkBack = async (ctx: PortalContext, offer: LinkOffer): Promise<string> => {
    const { company } = offer
    const principal = await readPrincipal(offeredTo(offer))
    if (!principal) throw tooLate()
    const left = await takeBackLink.take(offer)
    if (left.left?.how === 'new') return '/undone'
    // Whoever linked it may not be who holds it (T18): the code goes to the address that the account had before.
    const name = companies.get(company)?.name ?? ''
    const address = left.left?.formerAddress ?? principal.wayInAddress
    // Where somebody has asked by that address alone before, the way back waits like any recovery by it (H15).
    if ((await recoveries.gate(asAccount(left._id), address, now())).status.is !== 'free') return '/undone'
    const handle = await separateLogins.beginWayIn(left, name, principal.wayInAddress, ctx.page.language)
    ctx.cookies.set(cookie, handle, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: hour })
    return '/undone/way-in'
  }

  /** A sign-in of one company's account is recovered at that company's services, a unified one anywhere. */
  const showAddressBack = async (ctx: PortalContext, at: string | undefined): Promise<void> => {
    const company = companies.get(at ?? '')
    const service = company && [...services.values()].find((each) => each.company === company.id)
    ctx.render('portal/undone-address', {
      company: company ? { name: company.name } : null,
      start: service?.url ?? '/account',
    })
  }

  const showClosed = (ctx: PortalContext, { at = '', deleted }: { at?: string; deleted?: boolean }): void => {
    const company = companies.get(at)?.name
    if (!company) throw new AppError('not-found', 'no-such-company')
    ctx.render('portal/undone-account', { company, deleted: deleted === true })
  }

  /** Where the code went is not said: whoever holds the letter may not be whose address it is (T18). */
  const showWayIn = async (
    ctx: PortalContext,
    _nobody: undefined,
    { sent, problems = {} }: CodeShown,
    status = 200,
  ): Promise<void> => {
    const code = await codeOf(ctx, cookie, { path: '/undone/way-in', waiting: separateLogins.wayInWaiting, sent })
    ctx.render('portal/undone-way-in', { problems, code: { ...code, address: undefined } }, status)
  }

  const sendWayInAgain = async (ctx: PortalContext): Promise<void> => {
    await separateLogins.sendWayInAgain(handleIn(ctx, cookie), ctx.page.language)
    seeOther(ctx, '/undone/way-in?sent')
  }

  const completeWayIn = async (
    ctx: PortalContext,
    { code, password }: { code: string; password: string },
  ): Promise<void> => {
    const handle = handleIn(ctx, cookie)
    await requireStrong(password, [])
    const made = await separateLogins.completeWayIn(handle, code, password, { network: clientNetwork(ctx) })
    if (made.outcome === 'known') throw new AppError('conflict', 'address-taken-there', { values: { field: 'code' } })
    enqueueAccount(made.account)
    ctx.cookies.set(cookie, null, { path: '/' })
    seeOther(ctx, '/undone')
  }

  return [
    row({
      method: 'GET',
      path: '/undo/:token',
      right: 'anyone',
      params: byLetter,
      handler: (ctx, _nobody, { params }) => showOffer(ctx, params),
    }),
    row({
      method: 'POST',
      path: '/undo/:token',
      right: 'anyone',
      params: byLetter,
      form: nothing,
      handler: (ctx, _nobody, { params }) => submitOffer(ctx, params),
    }),
    row({
      method: 'GET',
      path: '/undone/way-in',
      right: 'anyone',
      otherwise: '/account',
      query: sent,
      handler: (ctx, nobody, { query }) => showWayIn(ctx, nobody, query),
    }),
    row({
      method: 'POST',
      path: '/undone/way-in',
      right: 'anyone',
      form: codeAndPassword,
      handler: (ctx, _nobody, { form }) => completeWayIn(ctx, form),
      again: showWayIn,
    }),
    row({
      method: 'POST',
      path: '/undone/way-in/send-again',
      right: 'anyone',
      form: nothing,
      limit: 'code-sent-network',
      handler: sendWayInAgain,
      again: showWayIn,
    }),
    row({
      method: 'GET',
      path: '/undone/address',
      right: 'anyone',
      otherwise: '/account',
      query: z.object({ at: fields.word(100) }),
      handler: (ctx, _nobody, { query }) => showAddressBack(ctx, query.at),
    }),
    row({
      method: 'GET',
      path: '/undone/account',
      right: 'anyone',
      otherwise: '/account',
      query: closedAt,
      handler: (ctx, _nobody, { query }) => showClosed(ctx, query),
    }),
    row({
      method: 'GET',
      path: '/undone/recovery',
      right: 'anyone',
      otherwise: '/account',
      handler: (ctx) => ctx.render('portal/undone-recovery'),
    }),
    row({
      method: 'GET',
      path: '/undone',
      right: 'anyone',
      otherwise: '/account',
      handler: (ctx) => ctx.render('portal/undone'),
    }),
  ]
}

type DetailsOffer = Extract<UndoOffer, { kind: 'details' | 'own-details' }>
type LinkOffer = Extract<UndoOffer, { account: string; person: string }>

const openedIn = ({ kind, person, account }: LinkOffer) => ({
  kind: kind === 'registration' ? kind : ('opened' as const),
  person,
  account,
})

/** The newest first, of a letter that told of several changes. */
const opsOf = ({ op, also = [] }: DetailsOffer): string[] => [op, ...also].toReversed()
