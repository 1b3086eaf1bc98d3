import { principalKey, rawIdOf } from '../accounts/index.ts'
import { wholeName } from '../details/index.ts'
import {
  type Again,
  type Filled,
  InvalidForm,
  type Problems,
  type Refusal,
  refusalOf,
  seeOther,
} from '../http/index.ts'
import { askedBySignedIn } from '../lib/browser-binding.ts'
import { isAppError } from '../lib/errors.ts'
import { digest, randomId } from '../lib/ids.ts'
import { portalClientId } from '../services/index.ts'
import { createChoicesNotice } from './choices-notice.ts'
import type { PortalDeps } from './portal-deps.ts'
import {
  type Entry,
  entries,
  type Outcome,
  type PortalContext,
  type PortalTools,
  type Signed,
  toldAt,
} from './portal-tools.ts'
import { readOnceFor } from './visible-accounts.ts'

const freshMinutes = 15
const proofField = 'proofPassword'
/** Nothing is wrong yet: the password is asked for the first time. */
const asked = 'proof-asked'

type DoorDeps = Pick<
  PortalDeps,
  | 'config'
  | 'http'
  | 'oidc'
  | 'currentPrincipal'
  | 'authentication'
  | 'trustedDevices'
  | 'accounts'
  | 'links'
  | 'choose'
>

/** The person's door: who is signed in, where they go when nobody is, proof anew before what matters, and the shell. */
export const createSessionGuard = (deps: DoorDeps) => {
  const { config, http, oidc, currentPrincipal, authentication, trustedDevices } = deps
  const { issuer, group } = config
  const choicesNotice = createChoicesNotice(deps)
  /** Pages on which somebody is told that their choices hold here too. */
  const tellsOfChoices = new WeakSet<PortalContext>()

  const whoIs = async (ctx: PortalContext): Promise<Signed | undefined> => {
    const session = await oidc.session(ctx)
    if (!session) return undefined
    askedBySignedIn({ id: rawIdOf(session.principal), credentialEpoch: session.credentialEpoch })
    const principal = await currentPrincipal(session.principal)
    return principal && { session, principal }
  }

  /** The one sign-in page, as for every client; the code that comes back is not redeemed: the session is what counts. */
  const signInFirst = (ctx: PortalContext, to = ctx.method === 'GET' ? ctx.path : '/account'): void => {
    const parameters = new URLSearchParams({
      client_id: portalClientId,
      redirect_uri: `${issuer}/account/callback`,
      response_type: 'code',
      scope: 'openid',
      state: to,
      code_challenge: digest(randomId()),
      code_challenge_method: 'S256',
      ui_locales: ctx.page.language,
    })
    seeOther(ctx, `/auth?${parameters}`)
  }

  const enter = async (right: string, ctx: PortalContext, goOn: (who: never) => Promise<void>): Promise<void> => {
    if (right === 'anyone') return goOn(undefined as never)
    ctx.set('Cache-Control', 'no-store')
    const signed = await whoIs(ctx)
    if (!signed) return signInFirst(ctx)
    ctx.page.country = signed.principal.country
    if (ctx.method === 'GET') {
      readOnceFor(signed)
      if (await choicesNotice.isDue(ctx, signed)) tellsOfChoices.add(ctx)
    }
    try {
      await goOn(signed as never)
    } catch (error) {
      // Their credentials were changed while this was under way: they are signed in no more (T11).
      if (isAppError(error, 'interaction-expired')) return signInFirst(ctx)
      const where = isAppError(error) ? toldAt(error.code) : undefined
      if (where && isAppError(error)) return leadOn(ctx, where, error.code, String(error.values.company ?? ''))
      // What waits for a code at the former address is led to where it is asked for (H4).
      if (!isAppError(error, 'former-address-first')) throw error
      seeOther(ctx, '/account/details/former-address')
    }
  }

  /** As it was sent: the question for a password hands the whole form on. */
  const sentBy = new WeakMap<PortalContext, Filled>()
  const readForm = async (ctx: PortalContext): Promise<Filled> => {
    const form = await http.readForm(ctx)
    sentBy.set(ctx, form)
    return form
  }

  const isProven = async (ctx: PortalContext, signed: Signed): Promise<boolean> => {
    if (isFresh(signed)) return true
    const sent = sentBy.get(ctx) ?? {}
    const password = sent[proofField]
    if (!password) {
      // In answer to a form it is a page of its own, as what is wrong with one (U9).
      if (ctx.method === 'POST') throw new InvalidForm({ [proofField]: { code: asked } })
      askForProof(ctx, signed, { problems: {}, raw: {}, sentTo: ctx.path }, 200)
      return false
    }
    const again = () => authentication.reauthenticate(signed.principal.id, password)
    const proved = await trustedDevices.attempt(ctx, signed.principal.address, again, signed.principal.company)
    if (proved === undefined) throw new InvalidForm({ [proofField]: { code: 'password-wrong' } })
    await oidc.provenAgain(ctx, proved)
    return true
  }

  /** The password once more; the form that needs it goes on with it. */
  const askForProof = (
    ctx: PortalContext,
    signed: Signed,
    { problems: told, raw: act, sentTo: action }: Pick<Again, 'problems' | 'raw' | 'sentTo'>,
    status: number,
  ): void => {
    const isFirst = told[proofField]?.code === asked
    const problems = isFirst ? {} : told
    const entry = entries.find((name) => action.startsWith(`/account/${name}`)) ?? 'security'
    show(
      ctx,
      signed,
      entry,
      'portal/fresh-proof',
      { action, act, problems, back: `/account/${entry}` },
      isFirst ? 200 : status,
    )
  }

  const againFor = (problems: Problems) => (proofField in problems ? askForProof : undefined)

  const passwordTypedIn = (ctx: PortalContext, signed: Signed): string =>
    isFresh(signed) ? '' : (sentBy.get(ctx)?.[proofField] ?? '')

  const admit = async (right: string, ctx: PortalContext, signed: Signed): Promise<boolean> =>
    right !== 'proven anew' || isProven(ctx, signed)

  const show: PortalTools['show'] = (ctx, signed, entry, view, data = {}, status = 200) => {
    const { principal } = signed
    const tellOfChoices = tellsOfChoices.has(ctx)
    if (tellOfChoices) choicesNotice.told(ctx, signed)
    const company = group.companies.get(principal.company ?? '')
    const name = wholeName(principal.details) || principal.address
    const nav = (['overview', ...entries] as const).map((each) => ({
      href: each === 'overview' ? '/account' : `/account/${each}`,
      label: ctx.page.t(`portal.entries.${each}`),
      current: each === entry,
      icon: each,
    }))
    const shell = {
      width: 'wide',
      nav,
      navLabel: ctx.page.t('portal.menu'),
      home: '/account',
      signOut: '/account/sign-out',
      holder: { name, initial: initialOf(name), address: name === principal.address ? '' : principal.address },
      tellOfChoices,
    }
    const separate = company ? { id: company.id, name: company.name } : null
    ctx.render(view, { shell, holder: principal.address, separate, ...data }, status)
  }

  const whose = (signed: Signed | undefined): string => (signed ? principalKey(signed.principal.id) : '')

  return {
    enter,
    readForm,
    admit,
    isProven,
    passwordTypedIn,
    show,
    choseHere: choicesNotice.told,
    whose,
    againFor,
    signInFirst,
  }
}

const letters = new Intl.Segmenter()

/** The first letter as its reader sees it, whatever it is made of. */
const initialOf = (name: string): string => {
  // Where no mark can follow a letter, it is one character.
  if (/^[\p{Script=Latin}\p{Script=Han}]{2}/u.test(name))
    return String.fromCodePoint(name.codePointAt(0) ?? 0).toUpperCase()
  const [first] = letters.segment(name)
  return first ? first.segment.toUpperCase() : ''
}

/** They proved themselves a moment ago, before this very request. */
export const isFresh = ({ session }: Signed): boolean => session.isFresh(freshMinutes)

/** Told on the form's page; what waits for a code at the former address is led there instead (H4). */
export const refused = (error: unknown): Refusal | undefined =>
  isAppError(error, 'former-address-first') ? undefined : refusalOf(error)

/** A path of the account pages, for the way back after signing in; anything else is the start (open redirects, §1). */
export const portalPath = (path: unknown): string =>
  typeof path === 'string' && /^\/account(\/[a-z0-9-]+(\.[a-z0-9-]+)?)*$/.test(path) ? path : '/account'

/** Answers a form: the page it leads to, which says what it came to. */
export const leadTo = <Of extends Entry>(ctx: PortalContext, entry: Of, outcome?: Outcome<Of>, at = ''): void =>
  leadOn(ctx, entry, outcome, at)

const leadOn = (ctx: PortalContext, entry: Entry, done = '', at = ''): void => {
  const said = new URLSearchParams({ ...(done && { done }), ...(at && { at }) }).toString()
  seeOther(ctx, `/account/${entry}${said && `?${said}`}`)
}
