import type { z } from 'zod'
import {
  type AuthenticatedPrincipal,
  type LookedUp,
  type Principal,
  type PrincipalId,
  samePrincipal,
} from '../accounts/index.ts'
import { type Again, clientNetwork, fields, type Route } from '../http/index.ts'
import { askedBySignedIn } from '../lib/browser-binding.ts'
import { epochSeconds, hour, now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { untilFloor } from '../lib/until-floor.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import { deviceName } from '../oidc/index.ts'
import { row } from './access.ts'
import { isStrong } from './make-unified-routes.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'
import { hintOf, type Steps } from './steps.ts'

const credentials = fields.form({ email: fields.text(254), password: fields.password() })
type Credentials = z.output<typeof credentials>

/** The one sign-in page (S4-1): for every service of the group and for the account pages. */
export const signInRoutes = (steps: Steps, deps: SignInPagesDeps) => {
  const { oidc, authentication, trustedDevices, readPrincipal } = deps

  const addressOf = async (id: PrincipalId): Promise<string> => (await readPrincipal(id))?.address ?? ''

  const showSignIn = async (ctx: StepContext, interaction: SignInInteraction, more: object = {}, status = 200) => {
    const { must, principal } = interaction
    steps.show(
      ctx,
      interaction,
      'sign-in',
      {
        again: must !== undefined,
        address: must ? await addressOf(must) : hintOf(interaction),
        mayStay: interaction.mayStay,
        signedInAs: !must && principal ? await addressOf(principal) : '',
        ...more,
      },
      status,
    )
  }

  const proveSelf = async (ctx: StepContext, interaction: SignInInteraction, { email, password }: Credentials) => {
    const began = performance.now()
    const at = interaction.company?.id ?? null
    const right = async (looked?: LookedUp) => {
      const found = await authentication.authenticate(email, password, at, looked)
      // Another person than the one who is to prove themselves anew fails like a wrong password (CVE-2023-6787).
      const isOther = found && interaction.must && !samePrincipal(found, interaction.must)
      return isOther ? undefined : found
    }
    const proven = await trustedDevices.attempt(ctx, email, right, at)
    // Not for the secret alone: a refusal that is always equally slow also slows who guesses.
    if (!proven) await untilFloor(began, deps.failureFloor)
    return proven
  }

  const signIn = async (ctx: StepContext, interaction: SignInInteraction, form: Credentials): Promise<void> => {
    const proven = await proveSelf(ctx, interaction, form)
    if (!proven) throw new AppError('invalid', 'sign-in-failed', { values: { field: 'form' } })
    const provenAt = epochSeconds()
    const { epoch: credentialEpoch, ...signedIn } = proven
    // Read once, after the password was looked at: all that follows goes by what stands now.
    const principal = await readPrincipal(signedIn)
    await noteStrength(ctx, principal, form.password)
    // Asked of the store in one turn; neither is promised before both are kept.
    await Promise.all([
      recordSignIn(ctx, interaction, { proven, principal }, form.email),
      oidc.finish(ctx, interaction, { signedIn, credentialEpoch, provenAt, principal }),
    ])
  }

  /** Looked at only where linking is about to be offered: the one click there keeps a password that is good enough (U4). */
  const noteStrength = async (ctx: StepContext, principal: Principal | undefined, password: string): Promise<void> => {
    if (!principal?.isOfferedLink) return
    // They proved themselves a moment ago: no stranger's flood stands before them, nor are they counted with it (H5).
    askedBySignedIn()
    await oidc.note(ctx, { strong: await isStrong(password, principal.details, deps.requireStrong) })
  }

  /** A browser never seen before is told of by mail, but not in the hour in which somebody registered. */
  const recordSignIn = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    { proven, principal }: { proven: AuthenticatedPrincipal; principal: Principal | undefined },
    email: string,
  ) => {
    const unknown = await trustedDevices.trust(ctx, email, proven, interaction.company?.id ?? null)
    const since = principal?.createdAt
    await deps.activity.record({
      kind: 'signed-in',
      holder: proven,
      ...(interaction.company && { company: interaction.company.id }),
      ...(interaction.service && { service: interaction.service.id }),
      network: clientNetwork(ctx),
      device: deviceName(ctx.get('user-agent')),
      newDevice: unknown && since !== undefined && now() - since > hour,
    })
  }

  const showKnown = (ctx: StepContext, interaction: SignInInteraction, { raw, ...more }: Again, status: number) =>
    steps.show(ctx, interaction, 'known', { raw, ...more, email: raw.email ?? '' }, status)

  const table: Route[] = [
    row({
      method: 'POST',
      path: '/sign-in/:uid',
      right: 'who is to prove themselves',
      form: credentials,
      handler: (ctx, interaction, { form }) => signIn(ctx, interaction, form),
      again: showSignIn,
    }),
    row({
      method: 'GET',
      path: '/sign-in/:uid/known',
      right: 'a sign-in',
      // Only who reads that mailbox has anything proven here; anybody else is led to where they stand.
      handler: (ctx, interaction) =>
        interaction.proven
          ? steps.show(ctx, interaction, 'known', { email: interaction.proven })
          : steps.goTo(ctx, interaction, ctx.search),
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/known',
      right: 'a sign-in',
      form: credentials,
      handler: (ctx, interaction, { form }) => signIn(ctx, interaction, form),
      again: showKnown,
    }),
    /** *Not now*, cancel: one answer for all of them, and the service learns nothing more (P4). */
    row({
      method: 'POST',
      path: '/sign-in/:uid/not-now',
      right: 'a sign-in',
      form: fields.form({}),
      handler: (ctx, interaction) => oidc.finish(ctx, interaction, { refused: true }),
    }),
    /** A shared browser, or an account with a sign-in of its own there: it is never a wall (S4-1). */
    row({
      method: 'POST',
      path: '/sign-in/:uid/another',
      right: 'this browser',
      form: fields.form({}),
      handler: async (ctx) => steps.goTo(ctx, await oidc.chooseAnother(ctx)),
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/stay',
      right: 'a sign-in',
      form: fields.form({}),
      handler: async (ctx, interaction) => {
        if (!interaction.mayStay) throw new AppError('gone', 'step-is-over')
        await oidc.finish(ctx, interaction, { chosen: true })
      },
    }),
    row({
      method: 'POST',
      path: '/sign-in/:uid/somebody-else',
      right: 'this browser',
      form: fields.form({}),
      handler: async (ctx) => steps.goTo(ctx, await oidc.switchPerson(ctx)),
    }),
  ]
  return { table, showSignIn }
}
