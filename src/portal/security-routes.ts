import { z } from 'zod'
import { type Account, principalKey } from '../accounts/index.ts'
import { coarseNetwork, type EventKind } from '../activity/index.ts'
import { isOpenRecovery } from '../credentials/index.ts'
import { clientNetwork, fields, type Route, seeOther } from '../http/index.ts'
import { now, second } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { mayGiveWayIn } from './access-rules.ts'
import { showApproval } from './approval-routes.ts'
import { showHeld } from './former-address-routes.ts'
import { createPasswordProof } from './password-proof.ts'
import type { PortalDeps } from './portal-deps.ts'
import { nothing } from './portal-fields.ts'
import { type Form, type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { createRecordAct } from './record-act.ts'
import { leadTo } from './session-guard.ts'
import { createSupportCases } from './support-cases.ts'
import { createVisibleAccounts, personIn } from './visible-accounts.ts'

type SecurityDeps = Pick<
  PortalDeps,
  | 'config'
  | 'accounts'
  | 'links'
  | 'oidc'
  | 'activity'
  | 'setPassword'
  | 'trustedDevices'
  | 'requireStrong'
  | 'currentPrincipal'
  | 'enqueue'
  | 'stay'
  | 'erasePerson'
  | 'dropBegun'
  | 'approvals'
  | 'recoveries'
  | 'box'
  | 'bounces'
>

const doneWords = ['stays', 'recovery', 'password', 'session', 'sessions', 'approved', 'declined', 'objected', 'choice']
const shownEvents = 30
const kinds: readonly EventKind[] = [
  'registered',
  'password-changed',
  'password-recovered',
  'recovery-waits',
  'recovery-stopped',
  'address-changed',
  'opened',
  'linked',
  'unlinked',
  'agreed',
  'agreed-less',
  'sharing-chosen',
  'sharing-paused',
  'sharing-resumed',
  'own-sign-in-made',
  'closing',
  'closure-cancelled',
  'closed',
  'signed-in',
  'service-used',
  'sign-in-failed',
  'session-ended',
  'signed-out',
  'refresh-reused',
  'application-withdrawn',
  'support-act',
]

/** **Security**: the password, the sessions, what happened to the sign-in, and its end when no account is left. */
export const securityRoutes = (tools: PortalTools, deps: SecurityDeps): Route[] => {
  const { config, oidc, activity, setPassword, trustedDevices, requireStrong, approvals } = deps
  const { companies, services, partners } = config.group
  const visible = createVisibleAccounts(deps)
  const recordAct = createRecordAct(deps)
  const byCase = createSupportCases(deps)
  const passwordProof = createPasswordProof(deps.box)

  const showSecurity = async (
    ctx: PortalContext,
    signed: Signed,
    { before, done }: { before?: string | undefined; done?: string | undefined },
  ): Promise<void> => {
    const { principal, session } = signed
    const { id, deletion, recovery } = principal
    const key = principalKey(id)
    const [sessions, offlineSessions, events, waiting, standing, cameBackSince] = await Promise.all([
      oidc.sessionsOf(id),
      oidc.offlineSessionsOf(id),
      activity.listFor(id, { limit: shownEvents + 1, kinds, before }),
      approvals.waitingFor(key),
      approvals.hasStandingApproval(key),
      deps.bounces.since(principal.addresses),
    ])
    tools.show(ctx, signed, 'security', 'portal/security', {
      addresses: principal.addresses,
      cameBackSince,
      sessions: sessions
        .map((each) => ({
          ...each,
          // The engine counts seconds.
          signedInAt: each.signedInAt * second,
          lastUsedAt: each.lastUsedAt * second,
          here: each.uid === session.uid,
        }))
        .sort((a, b) => Number(b.here) - Number(a.here) || b.lastUsedAt - a.lastUsedAt),
      offlineSessions: offlineSessions.map((each) => ({ ...each, signedInAt: each.signedInAt * second })),
      events: (await byCase(signed, events.slice(0, shownEvents))).map((event) => ({
        ...event,
        place: event.kind !== 'support-case' && event.network ? placeOf(ctx, event.network) : '',
        companyName: (event.company && companies.get(event.company)?.name) ?? '',
        serviceName:
          event.kind === 'support-case'
            ? ''
            : (services.get(event.service ?? '')?.name ?? partners.get(event.partner ?? '')?.name ?? ''),
      })),
      older: events.length > shownEvents ? events[shownEvents - 1]?.id : null,
      recovery: isOpenRecovery(recovery, now()) ? { address: recovery.address, until: recovery.until } : null,
      waiting: waiting.map((each) => showApproval(each, companies)),
      standing,
      mayDelete:
        deletion !== undefined &&
        deletion.until === undefined &&
        (await visible.live(signed)).every((account) => isHeldBack(signed, account)),
      endsAt: deletion?.until ?? null,
      done: doneWords.find((word) => word === done) ?? null,
    })
  }

  const showPassword = async (
    ctx: PortalContext,
    signed: Signed,
    { problems = {}, raw = {} }: { problems?: object; raw?: Form },
    status = 200,
  ): Promise<void> =>
    tools.show(
      ctx,
      signed,
      'security',
      'portal/password',
      { problems, proof: passwordProof.seal(signed) ?? raw.proof },
      status,
    )

  /** The password is asked before the form for a new one, and that proof lasts until the form is sent (U11). */
  const openPassword = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    if (await tools.isProven(ctx, signed)) await showPassword(ctx, signed, {})
  }

  /** Proven first, judged second: judging costs much, and a session that somebody left open is no proof (H5). */
  const changePassword = async (ctx: PortalContext, signed: Signed, { password, proof }: Form): Promise<void> => {
    const { id, details, address, company } = signed.principal
    if (!passwordProof.holds(signed, proof) && !(await tools.isProven(ctx, signed))) return
    if (password === undefined) return seeOther(ctx, '/account/security/password')
    const personal = Object.values(details).filter((value) => typeof value === 'string')
    await requireStrong(password, [...personal, address])
    await setPassword(id, { password, how: 'changed', proveAnew: (epoch) => oidc.provenAgain(ctx, epoch) })
    await trustedDevices.trust(ctx, address, id, company)
    await recordAct(signed)
    leadTo(ctx, 'security', 'password')
  }

  /** Only one of their own: a session's id in the form of somebody else ends nothing. */
  const endOne = async (ctx: PortalContext, signed: Signed, form: Form): Promise<void> => {
    const theirs = (await oidc.sessionsOf(signed.principal.id)).find(({ uid }) => uid === form.session)
    if (!theirs) throw new AppError('not-found', 'no-such-session')
    if (theirs.uid === signed.session.uid) {
      await oidc.signOut(ctx)
      return seeOther(ctx, '/account/signed-out')
    }
    await oidc.endSession(theirs.uid)
    await activity.record({ kind: 'session-ended', holder: signed.principal.id, device: theirs.device })
    leadTo(ctx, 'security', 'session')
  }

  const endLasting = async (ctx: PortalContext, signed: Signed, form: Form): Promise<void> => {
    if (!(await oidc.endOfflineSession(signed.principal.id, form.lasting ?? '')))
      throw new AppError('not-found', 'no-such-session')
    await activity.record({ kind: 'session-ended', holder: signed.principal.id })
    leadTo(ctx, 'security', 'session')
  }

  const endOthers = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const { id, addresses } = signed.principal
    await oidc.endOthers(id, signed.session.uid)
    await deps.dropBegun(id, addresses)
    await activity.record({ kind: 'session-ended', holder: signed.principal.id })
    leadTo(ctx, 'security', 'sessions')
  }

  const erase = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const erased = await deps.erasePerson(personIn(signed, 'person-not-found'))
    await oidc.endOthers(signed.principal.id, signed.session.uid)
    await oidc.signOut(ctx)
    deps.enqueue(signed.principal.id)
    seeOther(ctx, erased ? '/account/deleted' : '/account/signed-out')
  }

  const stay = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    await deps.stay(personIn(signed, 'person-not-found'))
    await recordAct(signed)
    leadTo(ctx, 'security', 'stays')
  }

  /** Asked for by a code to an address that nobody had used for long: whoever is signed in says that it was not they (H15). */
  const stopRecovery = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    await deps.recoveries.stop(signed.principal.id)
    await recordAct(signed)
    leadTo(ctx, 'security', 'recovery')
  }

  const showErase = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    if (signed.principal.deletion === undefined) return leadTo(ctx, 'security')
    const names = (accounts: Account[]) => accounts.flatMap(({ company }) => companies.get(company)?.name ?? [])
    const left = names((await visible.live(signed)).filter((account) => !isHeldBack(signed, account)))
    const wayless = names((await visible.all(signed)).filter((account) => mayGiveWayIn(signed.principal.id, account)))
    tools.show(ctx, signed, 'security', 'portal/delete', { left, wayless, held: showHeld(signed) })
  }

  return [
    row({
      method: 'GET',
      path: '/account/security',
      right: 'signed in',
      query: z.object({ before: fields.word(400), done: fields.word(30) }),
      handler: (ctx, signed, { query }) => showSecurity(ctx, signed, query),
    }),
    row({ method: 'GET', path: '/account/security/password', right: 'signed in', handler: openPassword }),
    row({
      method: 'POST',
      path: '/account/security/password',
      right: 'signed in',
      form: fields.form({ password: fields.maybe(256, 'password-long'), proof: fields.maybe(400) }),
      handler: (ctx, signed, { form }) => changePassword(ctx, signed, form),
      again: showPassword,
    }),
    row({
      method: 'POST',
      path: '/account/security/end-session',
      right: 'signed in',
      form: fields.form({ session: fields.text(100) }),
      handler: (ctx, signed, { form }) => endOne(ctx, signed, form),
    }),
    row({
      method: 'POST',
      path: '/account/security/end-lasting',
      right: 'signed in',
      form: fields.form({ lasting: fields.text(100) }),
      handler: (ctx, signed, { form }) => endLasting(ctx, signed, form),
    }),
    row({
      method: 'POST',
      path: '/account/security/end-others',
      right: 'signed in',
      form: nothing,
      handler: endOthers,
    }),
    row({
      method: 'POST',
      path: '/account/security/stop-recovery',
      right: 'signed in',
      form: nothing,
      handler: stopRecovery,
    }),
    row({
      method: 'GET',
      path: '/account/security/delete',
      right: 'signed in',
      handler: showErase,
    }),
    row({
      method: 'POST',
      path: '/account/security/delete',
      right: 'proven anew',
      form: nothing,
      handler: erase,
    }),
    row({
      method: 'POST',
      path: '/account/security/stay',
      right: 'signed in',
      form: nothing,
      handler: stay,
    }),
  ]
}

/** While a change of the address may be taken back, what ends for good later is out of the way of a deletion (H4). */
const isHeldBack = (signed: Signed, { status, leaving }: Account): boolean =>
  signed.principal.held !== undefined && (status === 'closing' || leaving !== undefined)

/** Where something was done from, as somebody can tell it: the network they are on now, or another one by its numbers. */
const placeOf = (ctx: PortalContext, network: string): string =>
  network === coarseNetwork(clientNetwork(ctx))
    ? ctx.page.t('portal.security.this-network')
    : ctx.page.t('portal.security.network', { network })
