import { z } from 'zod'
import type { UndoOffer } from '../activity/index.ts'
import { AppError } from '../lib/errors.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { PortalContext, PortalRouter } from './portal-tools.ts'

type UndoDeps = Pick<
  PortalDeps,
  'config' | 'http' | 'links' | 'accounts' | 'people' | 'activity' | 'undo' | 'oidc' | 'wakePerson' | 'wakeAccount'
>

/**
 * The page behind a mail's link: says what would be taken back, and takes it back by a button, without signing in
 * (S4-3). The link alone changes nothing: mail programs open links (security §6).
 */
export const addUndo = (router: PortalRouter, deps: UndoDeps): void => {
  const { config, http, links, people, undo, activity, oidc, wakePerson, wakeAccount } = deps
  const { companies } = config.group

  const offerOf = async (ctx: PortalContext): Promise<UndoOffer> => {
    ctx.set('Cache-Control', 'no-store')
    ctx.set('Referrer-Policy', 'no-referrer')
    const token = ctx.params.token ?? ''
    const offer = /^[\w-]{20,64}$/.test(token) ? await undo.find(token) : undefined
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
    await http.readForm(ctx, z.record(z.string(), z.string()))
    if (!(await undo.spend(ctx.params.token ?? ''))) throw new AppError('gone', 'undo-expired')
    if (offer.kind === 'details') await undo.takeBack(offer.person, offer.op)
    else await unlinkAgain(offer)
    wakePerson(offer.person)
    ctx.redirect('/undone')
    ctx.status = 303
  }

  const unlinkAgain = async ({ person, company, epoch }: Extract<UndoOffer, { kind: 'link' }>): Promise<void> => {
    const account = await links.accountAt(person, company)
    if (!account || account.epoch !== epoch) throw new AppError('gone', 'undo-expired')
    const known = await people.get(person)
    if (!known) throw new AppError('gone', 'undo-expired')
    await links.unlink(person, company, { keep: 'before', actor: { kind: 'person', id: person } })
    await oidc.endAccount(account._id)
    wakeAccount(account._id)
  }

  router.get('/undo/:token', showOffer)
  router.post('/undo/:token', takeBack)
  router.get('/undone', async (ctx) => ctx.render('portal/undone'))
}
