import type { Account } from '../accounts/index.ts'
import { cookieName, problemsOf, seeOther } from '../http/index.ts'
import { minute } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { signInAddresses, type UndoOffer } from '../people/index.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { PortalContext, PortalRouter } from './portal-tools.ts'

type UndoDeps = Pick<
  PortalDeps,
  | 'config'
  | 'http'
  | 'links'
  | 'accounts'
  | 'people'
  | 'activity'
  | 'undo'
  | 'undoOffers'
  | 'oidc'
  | 'ownSignIns'
  | 'requireStrong'
  | 'wakePerson'
  | 'wakeAccount'
>

/**
 * The page behind a mail's link: says what would be taken back, and takes it back by a button, without signing in
 * (S4-3). The link alone changes nothing: mail programs open links (security §6).
 */
export const addUndo = (router: PortalRouter, deps: UndoDeps): void => {
  const {
    config,
    http,
    links,
    people,
    ownSignIns,
    requireStrong,
    undo,
    undoOffers,
    activity,
    oidc,
    wakePerson,
    wakeAccount,
  } = deps
  const { companies } = config.group
  const cookie = cookieName(config, 'way-in')

  const offerOf = async (ctx: PortalContext): Promise<UndoOffer> => {
    ctx.set('Cache-Control', 'no-store')
    const token = ctx.params.token ?? ''
    const offer = /^[\w-]{20,64}$/.test(token) ? await undoOffers.find(token) : undefined
    if (!offer) throw new AppError('gone', 'undo-expired')
    return offer
  }

  /** Names of fields only: who holds the mailbox may not be who should read the values. */
  const described = async (offer: UndoOffer) => {
    if (offer.kind === 'link') return { kind: 'link', company: companies.get(offer.company)?.name ?? '', fields: [] }
    const change = await activity.changeByOp({ kind: 'person', person: offer.person }, offer.op)
    return {
      kind: 'details',
      company: (change?.company && companies.get(change.company)?.name) ?? '',
      fields: Object.keys(change?.changes ?? {}),
    }
  }

  const showOffer = async (ctx: PortalContext): Promise<void> => {
    const offer = await offerOf(ctx)
    ctx.render('portal/undo', { offer: await described(offer), action: ctx.path })
  }

  const takeBack = async (ctx: PortalContext): Promise<void> => {
    const offer = await offerOf(ctx)
    await http.readForm(ctx)
    if (offer.kind === 'details') await undo.takeBack(offer.person, offer.op)
    const left = offer.kind === 'link' ? await unlinkAgain(offer) : undefined
    // Spent only once it is done: a crash between leaves a link that says what stands, not one that lies.
    await undoOffers.spend(ctx.params.token ?? '')
    wakePerson(offer.person)
    if (!left || left.left?.how === 'new') return seeOther(ctx, '/undone')
    // Whoever linked it may not be who holds it (T18): the code goes to the address that the account had before.
    const company = companies.get(left.company)?.name ?? ''
    const person = await people.get(offer.person)
    const handle = await ownSignIns.beginWayIn(left, company, (person && signInAddresses(person)[0]) ?? '')
    ctx.cookies.set(cookie, handle, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: 15 * minute })
    seeOther(ctx, '/undone/way-in')
  }

  const showWayIn = async (ctx: PortalContext, problems = {}, status = 200): Promise<void> =>
    ctx.render('portal/undone-way-in', { problems }, status)

  const completeWayIn = async (ctx: PortalContext): Promise<void> => {
    const { code = '', password = '' } = await http.readForm(ctx)
    try {
      const handle = ctx.cookies.get(cookie)
      if (!handle) throw new AppError('gone', 'code-expired')
      await requireStrong(password, [])
      const made = await ownSignIns.complete(handle, code.replace(/\s/g, ''), password)
      if (made.outcome === 'known') throw new AppError('conflict', 'address-taken-there', { values: { field: 'code' } })
      wakeAccount(made.account)
    } catch (error) {
      const problems = problemsOf(error)
      if (!problems) throw error
      return showWayIn(ctx, problems, 400)
    }
    ctx.cookies.set(cookie, null, { path: '/' })
    seeOther(ctx, '/undone')
  }

  const unlinkAgain = async ({ person, company, epoch }: Extract<UndoOffer, { kind: 'link' }>): Promise<Account> => {
    const account = await links.accountAt(person, company)
    if (!account || account.epoch !== epoch) throw new AppError('gone', 'undo-expired')
    const known = await people.get(person)
    if (!known) throw new AppError('gone', 'undo-expired')
    const left = await links.unlink(person, company, { keep: 'before', actor: { kind: 'person', id: person } })
    await oidc.endAccount(account._id)
    wakeAccount(account._id)
    return left
  }

  router.get('/undo/:token', showOffer)
  router.post('/undo/:token', takeBack)
  router.get('/undone/way-in', (ctx) => showWayIn(ctx))
  router.post('/undone/way-in', completeWayIn)
  router.get('/undone', async (ctx) => ctx.render('portal/undone'))
}
