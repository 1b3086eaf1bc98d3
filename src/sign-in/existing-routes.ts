import type { Account, PrincipalId } from '../accounts/index.ts'
import type { Company } from '../companies/index.ts'
import { type DetailName, normalizeEmail } from '../details/index.ts'
import { clientNetwork, type Filled } from '../http/index.ts'
import { epochSeconds } from '../lib/clock.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import { type ProvenSides, takenOver } from '../links/index.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import { type Person, signInAddresses } from '../people/index.ts'
import { createAgeGatePages } from './age-gate.ts'
import { addCodeStep } from './code-step.ts'
import { addMakeUnified } from './make-unified-routes.ts'
import type { SignInPagesDeps, StepContext, StepRouter } from './pages-deps.ts'
import { companyReceives } from './recipients.ts'
import { companyOf, linkingPerson, type Steps } from './steps.ts'

const freshMinutes = 15
/**
 * An account from before (S4-2): both sides are proven, what differs is shown, and *Link and continue* joins them; from
 * the person's side, or on the offer that a separate account is made once.
 */
export const addExisting = (router: StepRouter, steps: Steps, deps: SignInPagesDeps) => {
  const {
    people,
    accounts,
    links,
    linkExisting,
    makeUnified,
    proveByCode,
    authentication,
    trustedDevices,
    limits,
    oidc,
  } = deps
  const ageGate = createAgeGatePages(steps, deps)

  /** The address by which they know the account that the link page named; nothing of any other (T19). */
  const knownAddress = async (interaction: SignInInteraction): Promise<string> => {
    const there = await links.alreadyThere(linkingPerson(interaction), companyOf(interaction).id, interaction.proven)
    if (there?.how === 'address') return interaction.proven ?? ''
    return there?.account.left?.formerAddress ?? ''
  }

  const showProof = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    more: Record<string, unknown> = {},
    status = 200,
  ) => steps.show(ctx, interaction, 'existing', { address: await knownAddress(interaction), ...more }, status)

  const showByCode = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    more: Record<string, unknown> = {},
    status = 200,
  ) => steps.show(ctx, interaction, 'existing-by-code', { address: await knownAddress(interaction), ...more }, status)

  /** Both sides are proven within the last minutes, by one person in one browser (T8, T11). */
  const isFresh = async (ctx: StepContext): Promise<boolean> =>
    (await oidc.session(ctx))?.isFresh(freshMinutes) ?? false

  router.get('/sign-in/:uid/existing', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    linkingPerson(interaction)
    if (!(await isFresh(ctx))) return askAnew(ctx, interaction)
    await showProof(ctx, interaction)
  })

  const askAnew = (
    ctx: StepContext,
    interaction: SignInInteraction,
    more: Record<string, unknown> = {},
    status = 200,
  ) => {
    const path = interaction.principal?.kind === 'account' ? 'offer/fresh' : 'existing/fresh'
    steps.show(ctx, interaction, 'fresh-proof', { path, ...more }, status)
  }

  /** The password of whoever is signed in, once more; then on with what they came for. */
  const proveAnew = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    holder: { principal: PrincipalId; address: string },
    goOn: () => Promise<void> | void,
    path?: string,
  ) => {
    const { password = '' } = await steps.filledIn(ctx)
    const again = () => authentication.reauthenticate(holder.principal, password)
    const at = holder.principal.kind === 'account' ? companyOf(interaction).id : null
    await steps.onPage(
      ctx,
      {},
      (more, status) => askAnew(ctx, interaction, { ...(path && { path }), ...more }, status),
      async () => {
        const proven = await trustedDevices.attempt(ctx, holder.address, again, at)
        if (proven === undefined) throw new AppError('invalid', 'password-wrong')
        await oidc.provenAgain(ctx, proven)
        await goOn()
      },
    )
  }

  router.post('/sign-in/:uid/existing/fresh', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const id = linkingPerson(interaction)
    const person = await people.get(id)
    const holder = { principal: { kind: 'person', person: id } as const, address: addressOf(person) }
    await proveAnew(ctx, interaction, holder, () => showProof(ctx, interaction))
  })

  router.post('/sign-in/:uid/existing', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const form = await steps.filledIn(ctx)
    const company = companyOf(interaction)
    const person = linkingPerson(interaction)
    if (!(await isFresh(ctx))) return askAnew(ctx, interaction)
    const { email = '', password = '' } = form
    await steps.onPage(
      ctx,
      form,
      (more, status) => showProof(ctx, interaction, more, status),
      async () => {
        const own = await trustedDevices.attempt(
          ctx,
          email,
          () => authentication.authenticateLocal(email, password, company.id),
          company.id,
        )
        const account = own && (await accounts.get(own.account))
        if (!account || account.link || account.status !== 'open') throw proofFailed()
        const { credentialEpoch = 0 } = (await people.get(person)) ?? {}
        await showPreview(ctx, interaction, {
          person,
          account,
          proven: { person: credentialEpoch, account: own.epoch },
        })
      },
    )
  })

  // --- its proof by a code to its own address

  router.get('/sign-in/:uid/by-code', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    linkingPerson(interaction)
    if (!(await isFresh(ctx))) return askAnew(ctx, interaction)
    const before = (await steps.ofDraft(ctx, proveByCode.waiting))?.address
    await showByCode(ctx, interaction, before === undefined ? {} : { address: before })
  })

  router.post('/sign-in/:uid/by-code', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const form = await steps.filledIn(ctx)
    const person = linkingPerson(interaction)
    const company = companyOf(interaction)
    if (!(await isFresh(ctx))) return askAnew(ctx, interaction)
    await steps.onPage(
      ctx,
      form,
      (more, status) => showByCode(ctx, interaction, more, status),
      async () => {
        const email = normalizeEmail((form.email ?? '').trim())
        await limits.consume('code-sent-network', clientNetwork(ctx))
        steps.keepDraft(
          ctx,
          interaction,
          await proveByCode.begin({ person, company, email, language: ctx.page.language }),
        )
        steps.goTo(ctx, interaction, '/by-code/code')
      },
    )
  })

  addCodeStep(router, steps, deps, {
    way: 'by-code',
    waiting: proveByCode.waiting,
    sendAgain: proveByCode.sendAgain,
    authentication: async (ctx, interaction, handle, code) => {
      const person = linkingPerson(interaction)
      if (!(await isFresh(ctx))) return askAnew(ctx, interaction)
      const caller = { network: clientNetwork(ctx) }
      const proven = await proveByCode.authentication(handle, code, person, companyOf(interaction).id, caller)
      steps.dropDraft(ctx, interaction)
      await showPreview(ctx, interaction, { person, ...proven })
    },
  })

  /** undefined: they are too young for this company, and the page is answered (S11). */
  const orTooYoung = async <Done>(
    ctx: StepContext,
    interaction: SignInInteraction,
    act: () => Promise<Done>,
  ): Promise<Done | undefined> => {
    try {
      return await act()
    } catch (error) {
      if (!isAppError(error, 'too-young-there')) throw error
      ageGate.turnAway(ctx, interaction)
      return undefined
    }
  }

  const showPreview = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    { person, account, proven }: { person: string; account: Account; proven: ProvenSides },
    more: Record<string, unknown> = {},
    status = 200,
  ) => {
    const company = companyOf(interaction)
    const preview = await orTooYoung(ctx, interaction, () => linkExisting.preview({ person, account, company, proven }))
    if (!preview) return
    const data = {
      ...preview,
      applicationReceives: null,
      companyReceives: preview.receives,
      // A separate account goes on as it is: linking it is an offer, never a wall.
      leave: interaction.principal?.kind === 'account' ? '/offer/not-now' : '/not-now',
      ...more,
    }
    steps.show(ctx, interaction, 'preview', data, status)
  }

  router.post('/sign-in/:uid/preview', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const form = await steps.filledIn(ctx)
    const company = companyOf(interaction)
    const { principal } = interaction
    if (interaction.prompt !== 'link' || !principal) throw new AppError('gone', 'step-is-over')
    // A second click on what is done already: the same way on.
    if (principal.kind === 'person' && (await links.accountAt(principal.person, company.id)))
      return oidc.finish(ctx, interaction, { linked: true })
    const { kind: _kind, ...holder } = principal
    const outcome = await orTooYoung(ctx, interaction, () =>
      linkExisting.link({
        handle: form.proof ?? '',
        holder,
        company,
        policyVersion: form.policyVersion,
        keep: chosen(form, company),
      }),
    )
    if (!outcome) return
    const { linked, ...sides } = outcome
    if (!linked) return showPreview(ctx, interaction, sides, stale(form), 400)
    if (principal.kind === 'person') return oidc.finish(ctx, interaction, { linked: true })
    // The account's own sign-in has ended with the link: the unified one takes over in this browser.
    const { person, proven } = sides
    const signedIn = { kind: 'person' as const, person }
    await oidc.finish(ctx, interaction, { signedIn, credentialEpoch: proven.person, provenAt: epochSeconds() })
  })

  // --- the offer to link, made once to a separate account

  const offeredAccount = async (interaction: SignInInteraction): Promise<Account> => {
    const account =
      interaction.prompt === 'link' && interaction.principal?.kind === 'account'
        ? await accounts.get(interaction.principal.account)
        : null
    if (!account || account.link) throw new AppError('gone', 'step-is-over')
    return account
  }

  const noteOffer = (account: Account) =>
    accounts.change(account._id, (seen) =>
      seen.offeredLinkAt === undefined ? { set: { offeredLinkAt: epochSeconds() * 1000 } } : undefined,
    )

  router.post('/sign-in/:uid/offer/not-now', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    await steps.filledIn(ctx)
    await noteOffer(await offeredAccount(interaction))
    await oidc.finish(ctx, interaction, { linked: true })
  })

  /** Filled in where that address is known to have a unified sign-in; it was proven here (U4). */
  const showOfferProof = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    account: Account,
    more: Record<string, unknown> = {},
    status = 200,
  ) => {
    const isTaken = (await makeUnified.standing(account)) === 'taken'
    const address = isTaken ? (account.signIn?.address ?? '') : ''
    steps.show(ctx, interaction, 'offer-proof', { address, ...more }, status)
  }

  router.get('/sign-in/:uid/offer/link', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const account = await offeredAccount(interaction)
    if (!(await isFresh(ctx))) return askAnew(ctx, interaction)
    await showOfferProof(ctx, interaction, account)
  })

  router.post('/sign-in/:uid/offer/fresh', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const account = await offeredAccount(interaction)
    const holder = {
      principal: { kind: 'account', account: account._id } as const,
      address: account.signIn?.address ?? '',
    }
    await proveAnew(ctx, interaction, holder, () => showOfferProof(ctx, interaction, account))
  })

  router.post('/sign-in/:uid/offer/link', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const form = await steps.filledIn(ctx)
    const account = await offeredAccount(interaction)
    if (!(await isFresh(ctx))) return askAnew(ctx, interaction)
    const { email = '', password = '' } = form
    await steps.onPage(
      ctx,
      form,
      (more, status) => showOfferProof(ctx, interaction, account, more, status),
      async () => {
        const found = await trustedDevices.attempt(ctx, email, () => authentication.authenticate(email, password, null))
        if (found?.kind !== 'person') throw proofFailed()
        const { person, epoch } = found
        if (await links.accountAt(person, account.company))
          throw new AppError('conflict', 'already-linked', { values: { field: 'form' } })
        await noteOffer(account)
        await showPreview(ctx, interaction, {
          person,
          account,
          proven: { person: epoch, account: account.credentialEpoch },
        })
      },
    )
  })

  const { showOffer } = addMakeUnified(router, steps, deps, { offeredAccount, isFresh, askAnew })

  router.post('/sign-in/:uid/offer/fresh-make', async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const { _id, signIn } = await offeredAccount(interaction)
    const holder = { principal: { kind: 'account', account: _id } as const, address: signIn?.address ?? '' }
    await proveAnew(ctx, interaction, holder, () => showOffer(ctx, interaction), 'offer/fresh-make')
  })

  return { showOffer }
}

const addressOf = (person: Person | null): string => (person ? (signInAddresses(person)[0] ?? '') : '')

const proofFailed = () => new AppError('invalid', 'sign-in-failed', { values: { field: 'form' } })

const stale = (raw: Filled) => ({ problems: { form: { code: 'link-page-stale' } }, raw })

const chosen = (form: Filled, company: Company): DetailName[] =>
  takenOver(companyReceives(company), (field) => form[`keep.${field}`] === 'theirs')
