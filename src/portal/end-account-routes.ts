import type { Account } from '../accounts/index.ts'
import { showController } from '../companies/index.ts'
import { type Filled, seeOther } from '../http/index.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import type { KeptDetails } from '../links/index.ts'
import { leadTo } from './door.ts'
import { hasLeft, mayClose, mayComeBack, mayGiveWayIn, mayUnlink } from './may.ts'
import { actorOf, countryOf, createOwnAccounts } from './own-accounts.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { FormHandler, PortalContext, PortalRouter, PortalTools, Signed } from './portal-tools.ts'

type IsDone = (signed: Signed, account: Account) => boolean

type EndDeps = Pick<PortalDeps, 'config' | 'accounts' | 'links' | 'closures' | 'oidc' | 'wakePerson' | 'wakeAccount'>

/**
 * **Unlink** and **Close account**: what happens is said first, then done at that one company (S4-1, S4-10, G5–G7).
 * Both are acknowledged only once nothing of the old link is on the wire and its tokens and sessions are dead.
 */
export const addEndings = (router: PortalRouter, tools: PortalTools, deps: EndDeps): void => {
  const { links, closures, oidc, wakePerson, wakeAccount } = deps
  const own = createOwnAccounts(deps)

  const page = (view: string, may: typeof mayUnlink) =>
    tools.signedIn(async (ctx, signed) => {
      const { account, company } = await own.at(signed, ctx.params.company, may)
      const controller = showController(company, ctx.page.language, countryOf(signed))
      tools.show(ctx, signed, 'services', view, {
        controller,
        process: company.closure,
        how: account.link?.how ?? null,
      })
    })

  const unlink = async (ctx: PortalContext, signed: Signed, form: Filled): Promise<void> => {
    const { account, company } = await own.at(signed, ctx.params.company, mayUnlink)
    if (signed.principal.kind !== 'person') throw new AppError('not-found', 'no-account-there')
    const keep = keptDetails(form.keep)
    const left = await links.unlink(signed.principal.person, company.id, { keep, actor: actorOf(signed) })
    await oidc.endAccount(account._id)
    wakePerson(signed.principal.person)
    afterUnlink(ctx, signed, left)
  }

  const afterUnlink = (ctx: PortalContext, { principal }: Signed, left: Account): void => {
    if (mayGiveWayIn(principal, left)) seeOther(ctx, `/account/services/${left.company}/way-in?done=unlinked`)
    else leadTo(ctx, 'services', 'unlinked')
  }

  const close = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const { account, company } = await own.at(signed, ctx.params.company, mayClose)
    const closed = await closures.close(account, company.closure, actorOf(signed))
    await links.afterLeaving(closed)
    wakeAccount(account._id)
    // A separate account that stands in its days of grace keeps its own session: the way back is a page of it.
    if (closed.status === 'closed' || signed.principal.kind === 'person') await oidc.endAccount(account._id)
    if (closed.status === 'closed' && signed.principal.kind === 'account') {
      await oidc.signOut(ctx)
      return seeOther(ctx, '/account/closed')
    }
    leadTo(ctx, 'services', closed.status)
  }

  /** The button pressed twice: what the first press did is the second's answer too. */
  const orAgain =
    (
      act: FormHandler,
      again: (ctx: PortalContext, signed: Signed, account: Account) => void,
      isDone: IsDone,
    ): FormHandler =>
    async (ctx, signed, form) => {
      try {
        await act(ctx, signed, form)
      } catch (error) {
        if (!isAppError(error)) throw error
        const account = (await own.all(signed)).find(
          (held) => held.company === ctx.params.company && isDone(signed, held),
        )
        if (!account) throw error
        again(ctx, signed, account)
      }
    }
  const isLeft: IsDone = ({ principal }, account) => account.status === 'open' && hasLeft(principal, account)
  const isEnding: IsDone = (_, { status }) => status === 'closing' || status === 'closed'

  const comeBack = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const { account } = await own.at(signed, ctx.params.company, mayComeBack)
    await closures.comeBack(account, actorOf(signed))
    if (signed.principal.kind === 'person') wakePerson(signed.principal.person)
    wakeAccount(account._id)
    leadTo(ctx, 'services', 'kept')
  }

  router.get('/account/services/:company/unlink', page('portal/unlink', mayUnlink))
  router.post('/account/services/:company/unlink', tools.proven(orAgain(unlink, afterUnlink, isLeft)))
  router.get('/account/services/:company/close', page('portal/close', mayClose))
  router.post(
    '/account/services/:company/close',
    tools.proven(orAgain(close, (ctx, _, { status }) => leadTo(ctx, 'services', status), isEnding)),
  )
  router.post('/account/services/:company/keep', tools.submitted(comeBack))
}

/** *As before the link* unless the other was chosen. */
const keptDetails = (chosen: string | undefined): KeptDetails => (chosen === 'now' ? 'now' : 'before')
